#!/usr/bin/env python3
"""The memory order that the library relies on, tried in every interleaving: docs/memory-order.md has the argument.

Each litmus test is some threads of a few loads and stores, and an outcome. Every order is tried in which a processor
may do them that has one memory for all (multi-copy atomic, as ARMv8 and RISC-V are; x86-64 allows less): an access may
be done before an earlier one of its thread unless something keeps them in order, and a load may take the value of a
store of its own thread that others do not see yet. A test names what keeps its accesses in order. The outcome must be
impossible, and possible again once any one of these is taken away: so nothing in the code is there in vain.

Operations:  W(x, v) store   R(x, r) load   A(x, r) atomic increment, r: the value before   F() full fence
             order="acquire", "release", or "sc": as C11 calls them
             after=r: the place or value comes from what r was loaded with (an address dependency)
             if_is=(r, v): the access is made only then, and r was loaded before (no order for loads by that alone)
"""
import sys


class Op:
    def __init__(self, kind, place=None, value=None, register=None, order="", after=None, needed=False):
        self.kind, self.place, self.value, self.register = kind, place, value, register
        self.acquire = order == "acquire" or order == "sc" and kind in ("R", "RX")
        self.release = order == "release" or order == "sc" and kind in ("W", "WX")
        self.sc = order == "sc"
        self.after = after
        self.needed = needed  # taken away, the outcome must be possible


def W(place, value, order="", needed=False):
    return [Op("W", place, value, order=order, needed=needed)]


def R(place, register, order="", after=None, needed=False):
    return [Op("R", place, register=register, order=order, after=after, needed=needed)]


def A(place, register, needed=False):
    """As a pair of an exclusive load and an exclusive store: other accesses may be done between the two."""
    return [Op("RX", place, register=register, order="sc", needed=needed),
            Op("WX", place, register=register, order="sc")]


def F(needed=False):
    return [Op("F", needed=needed)]


def before(first, then, ops):
    """Whether `first` of a thread has to be done before `then`, which stands behind it."""
    a, b = ops[first], ops[then]
    if a.kind == "F" or b.kind == "F":
        return True
    if a.acquire and a.kind in ("R", "RX"):
        return True
    if b.release and b.kind in ("W", "WX"):
        return True
    if a.sc and b.sc:
        return True  # a load that is no more than acquire may be LDAPR, which is done before a release (RCpc)
    if a.place == b.place and not (a.kind == "W" and b.kind == "R"):
        return True  # coherence; a load may be served by an earlier store of its own thread
    return b.after is not None and b.after == a.register and a.kind in ("R", "RX")


def outcomes(threads):
    """The set of all final (memory, registers)."""
    flat = [sum(t, []) for t in threads]
    blocked = [[[j for j in range(i) if before(j, i, ops)] for i in range(len(ops))] for ops in flat]
    start = (tuple(0 for _ in flat), (), (), ())
    seen, found, todo = {start}, set(), [start]
    while todo:
        done, memory, registers, held = todo.pop()
        now, known, exclusive = dict(memory), dict(registers), dict(held)
        if all(done[t] == (1 << len(ops)) - 1 for t, ops in enumerate(flat)):
            found.add((memory, registers))
            continue
        for t, ops in enumerate(flat):
            for i, op in enumerate(ops):
                if done[t] >> i & 1 or any(not done[t] >> j & 1 for j in blocked[t][i]):
                    continue
                m, r, x = dict(now), dict(known), dict(exclusive)
                if op.kind == "W":
                    m[op.place] = op.value
                    x = {k: v for k, v in x.items() if v != op.place or k == t}
                    x = {k: v for k, v in x.items() if v != op.place}
                elif op.kind in ("R", "RX"):
                    own = [p for p in ops[:i] if p.kind == "W" and p.place == op.place and not done[t] >> ops.index(p) & 1]
                    r[op.register] = own[-1].value if own else m.get(op.place, 0)
                    if op.kind == "RX":
                        x[t] = op.place
                elif op.kind == "WX":
                    if x.get(t) != op.place:
                        continue  # it would begin again: another order of this search
                    m[op.place] = r[op.register] + 1
                    x = {k: v for k, v in x.items() if v != op.place}
                state = (tuple(d | (1 << i) if k == t else d for k, d in enumerate(done)), tuple(sorted(m.items())),
                         tuple(sorted(r.items())), tuple(sorted(x.items())))
                if state not in seen:
                    seen.add(state)
                    todo.append(state)
    return found


def possible(threads, outcome):
    return any(outcome(dict(registers), dict(memory)) for memory, registers in outcomes(threads))


def without(op):
    """What takes the order out of an operation; None: leave it out."""
    if op.kind == "F":
        return None
    bare = Op(op.kind, op.place, op.value, op.register)
    return bare


def relaxed(threads):
    """The threads with one needed operation taken away, in each way."""
    for t, ops in enumerate(threads):
        for i, group in enumerate(ops):
            if any(op.needed for op in group):
                left = [bare for op in group if (bare := without(op) if op.needed else op)]
                yield f"operation {i + 1} of thread {t + 1}", [
                    [left if (k, n) == (t, i) else g for n, g in enumerate(o)] for k, o in enumerate(threads)]


# Known of ARMv8 (Pulte et al., "Simplifying ARM Concurrency", POPL 2018): what this search must say of them.
KNOWN = {
    "SB": ([[W("x", 1), R("y", "a")], [W("y", 1), R("x", "b")]], lambda r, m: r["a"] == 0 == r["b"], True),
    "SB+fences": ([[W("x", 1), F(), R("y", "a")], [W("y", 1), F(), R("x", "b")]], lambda r, m: r["a"] == 0 == r["b"], False),
    "SB+sc": ([[W("x", 1, "sc"), R("y", "a", "sc")], [W("y", 1, "sc"), R("x", "b", "sc")]],
              lambda r, m: r["a"] == 0 == r["b"], False),
    "SB+rel+acq": ([[W("x", 1, "release"), R("y", "a", "acquire")], [W("y", 1, "release"), R("x", "b", "acquire")]],
                   lambda r, m: r["a"] == 0 == r["b"], True),
    "MP": ([[W("x", 1), W("y", 1)], [R("y", "a"), R("x", "b")]], lambda r, m: r["a"] == 1 and r["b"] == 0, True),
    "MP+rel+acq": ([[W("x", 1), W("y", 1, "release")], [R("y", "a", "acquire"), R("x", "b")]],
                   lambda r, m: r["a"] == 1 and r["b"] == 0, False),
    "MP+fence+addr": ([[W("x", 1), F(), W("y", 1)], [R("y", "a"), R("x", "b", after="a")]],
                      lambda r, m: r["a"] == 1 and r["b"] == 0, False),
    "LB": ([[R("x", "a"), W("y", 1)], [R("y", "b"), W("x", 1)]], lambda r, m: r["a"] == 1 == r["b"], True),
    "2+2W": ([[W("x", 1), W("y", 2)], [W("y", 1), W("x", 2)]], lambda r, m: m["x"] == 1 == m["y"], True),
    "CoRR": ([[W("x", 1)], [R("x", "a"), R("x", "b")]], lambda r, m: r["a"] == 1 and r["b"] == 0, False),
    "IRIW+fences": ([[W("x", 1)], [W("y", 1)], [R("x", "a"), F(), R("y", "b")], [R("y", "c"), F(), R("x", "d")]],
                    lambda r, m: r["a"] == 1 == r["c"] and r["b"] == 0 == r["d"], False),
    "SB+increments": ([[A("x", "p"), R("y", "a")], [A("y", "q"), R("x", "b")]], lambda r, m: r["a"] == 0 == r["b"], True),
}


def blocks(me, mine, next_one, wanted):
    """A thread that holds a mutex and blocks at the next one's: preload/wait/wait.c, record_want and look."""
    return [W(f"owner of {mine}", me), W(f"want of {me}", 1), A(f"sequence of {me}", f"{me} was"), F(needed=True),
            R(f"owner of {wanted}", f"{me} sees owner", "acquire"),
            R(f"sequence of {next_one}", f"{me} sees sequence", "sc"),
            R(f"want of {next_one}", f"{me} sees want")]


def misses(me, next_one):
    return lambda r: not (r[f"{me} sees owner"] == next_one and r[f"{me} sees sequence"] == 1 and r[f"{me} sees want"] == 1)


TESTS = {
    "the last of two threads sees the cycle": (
        [blocks(1, "m", 2, "n"), blocks(2, "n", 1, "m")],
        lambda r, m: misses(1, 2)(r) and misses(2, 1)(r)),
    "a want that was read is whole": (
        # It waited (sequence 1), goes on, and blocks anew with another want; the reader read 1 before and after.
        [[A("sequence", "p"), F(needed=True), W("want", 2), A("sequence", "q")],
         [R("sequence", "before", "acquire"), R("want", "want"), F(needed=True), R("sequence", "after")]],
        lambda r, m: r["before"] == r["after"] == 0 and r["want"] == 2),
    "nothing acquired after a wait is taken for held in it": (
        [[A("sequence", "p"), F(needed=True), W("held", 1), W("end", 1, "release")],
         [R("end", "end", "acquire"), R("held", "held"), F(), R("sequence", "after", "acquire")]],
        lambda r, m: r["after"] == 0 and r["held"] == 1),
    "what a blocked thread holds is seen with its sequence number": (
        [[W("held", 1), W("end", 1, "release"), W("want", 1), A("sequence", "p")],
         [R("sequence", "sequence", "acquire", needed=True), R("end", "end"), R("held", "held"), R("want", "want")]],
        lambda r, m: r["sequence"] == 1 and 0 in (r["end"], r["held"], r["want"])),
    "a lock is not freed under who looks at it": (
        [[A("sequence", "p"), R("looking", "waits", "sc", needed=True)],
         [A("looking", "q"), R("sequence", "sequence", "sc", needed=True)]],
        lambda r, m: r["waits"] == 0 and r["sequence"] == 0),
    "a path in use is not pruned": (
        [[R("prunings", "first"), W("path", 1), F(needed=True), R("prunings", "again")],
         [A("prunings", "p"), F(needed=True), R("path", "seen")]],
        lambda r, m: r["again"] == 0 and r["seen"] == 0),
    "what an index names is there": (
        [[W("node", 1), W("index", 1, "release", needed=True)], [R("index", "id", "acquire", needed=True), R("node", "node")]],
        lambda r, m: r["id"] == 1 and r["node"] == 0),
    "what one thread stored, another passed on": (
        # A thread sees a record's node through one that it got from another: one memory for all is enough.
        [[W("node", 1), W("index", 1, "release")], [R("index", "id", "acquire"), W("path", 1, "release")],
         [R("path", "path", "acquire"), R("node", "node")]],
        lambda r, m: r["id"] == 1 and r["path"] == 1 and r["node"] == 0),
}


def main():
    wrong = []
    for name, (threads, outcome, due) in KNOWN.items():
        if possible(threads, outcome) != due:
            wrong.append(f"{name}: this search says {not due}, ARMv8 says {due}")
    for name, (threads, outcome) in TESTS.items():
        if possible(threads, outcome):
            wrong.append(f"{name}: not so")
        for what, weaker in relaxed(threads):
            if not possible(weaker, outcome):
                wrong.append(f"{name}: {what} is not needed")
    print("\n".join(wrong), end="\n" if wrong else "")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
