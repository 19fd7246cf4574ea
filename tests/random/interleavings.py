"""
Small programs made at random from a seed, and all that can become of them: what is warned of after one run is held
against every interleaving.

A program has a script for each thread and one for main, which makes and joins the others; tests/random/scripted.c runs
it. An operation is a letter and the number of an object:

  L U  mutex     R W X  rwlock, for reading, for writing, released     T G  a unit of a pool (a counting semaphore)
  w p  event semaphore: waited for, posted     b  barrier     o  once     s j  a thread is made, joined
  a f  a flag, under the mutex of its number, is waited for with a condition, or set

The model knows nothing of records, traces or epochs: it goes through all states of a program. In one that cannot be
left, and in which not all threads have ended, the program hangs.
"""
import collections
import concurrent.futures
import glob
import json
import os
import random
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
LIBRARY = os.environ.get("LIBRARY", BUILD + "/liblockwatch.so")
PROGRAM = BUILD + "/tests/random/scripted"
STATES = 60000  # of a program; one with more is left out
PATIENCE = 60   # seconds for a program to end, or to be reported
NAMES = {"L": "mutex", "R": "rwlock", "W": "rwlock", "T": "pool", "w": "event", "b": "barrier", "a": "condition",
         "o": "once"}


class Program:
    def __init__(self, seed):
        self.seed, self.chance = seed, random.Random(seed)
        chance = self.chance
        self.threads = chance.choice((2, 2, 3, 3, 3))
        self.units = chance.choice((2, 2, 3))
        self.parties = 2 if self.threads == 2 else chance.choice((2, 3))
        self.mutexes = chance.choice((2, 2, 3))
        # Free-form: anything anywhere. Else a section acquires its locks and then releases them, as the traces do not say
        # in which order a thread did things under a lock that it kept (tests/unit/orders_model_test.c).
        self.free = seed % 5 == 4
        # What there is besides mutexes.
        self.has = {letter for letter, n in zip("RTwbao", (25, 35, 60, 15, 20, 20)) if chance.randrange(100) < n}
        self.scripts = [[] for _ in range(self.threads + 1)]
        self.routine = []
        for i in range(1, self.threads + 1):
            self.scripts[i] = self.sections(chance.choice((1, 1, 2, 2, 3)))
        if "o" in self.has:
            self.routine = self.block(2, [])
            for i in range(1, self.threads + 1):
                self.insert_once(i)
        if "w" in self.has:
            self.add_events()
        if "b" in self.has:
            for i in chance.sample(range(1, self.threads + 1), self.parties):
                self.insert(i, "b0", chance.random() < 0.5)
        if "a" in self.has:
            self.add_flag()
        self.add_main()

    # --- locks ---

    def lock(self, held):
        kinds = ["L"] * 5 + ["RW"] * (2 * ("R" in self.has)) + ["T"] * (4 * ("T" in self.has))
        kind = self.chance.choice(kinds)
        if kind == "L":
            free = [n for n in range(self.mutexes) if ("L", n) not in held]
            return ("L", self.chance.choice(free)) if free else None
        if kind == "RW":
            return None if ("RW", 0) in held else ("RW", 0)
        return None if held.count(("T", 0)) >= self.units else ("T", 0)

    def block(self, depth, held):
        """A lock, with others nested in it."""
        lock = self.lock(held)
        if lock is None:
            return []
        kind, n = lock
        take, give = {"L": "LU", "T": "TG", "RW": self.chance.choice(("RX", "WX"))}[kind]
        inner = []
        for _ in range(self.chance.choice((0, 1, 1, 2) if self.free else (0, 1, 1)) if depth > 0 else 0):
            inner += self.block(depth - 1, held + [lock])
        return [f"{take}{n}"] + inner + [f"{give}{n}"]

    def sections(self, count):
        return sum((self.block(2, []) for _ in range(count)), [])

    # --- what orders threads, and what they wait for ---

    def insert(self, thread, op, outside):
        """At a place where nothing is held, or at any."""
        script, places, held = self.scripts[thread], [0], 0
        for at, done in enumerate(script):
            held += (done[0] in "LRWT") - (done[0] in "UXG")
            if held == 0 or not outside:
                places.append(at + 1)
        script.insert(self.chance.choice(places), op)

    def insert_once(self, thread):
        """Where nothing is held that the routine acquires: else a thread could wait for itself, on a way not taken."""
        script, places, held = self.scripts[thread], [0], []
        own = {op[1] + ("R" if op[0] in "RWX" else op[0].replace("G", "T").replace("U", "L")) for op in self.routine}
        for at, done in enumerate(script):
            lock = done[1] + ("R" if done[0] in "RWX" else done[0].replace("G", "T").replace("U", "L"))
            if done[0] in "LRWT":
                held.append(lock)
            elif done[0] in "UXG":
                held.remove(lock)
            if not own & set(held) and (not held or self.free and self.chance.random() < 0.5):
                places.append(at + 1)
        script.insert(self.chance.choice(places), "o0")

    def add_events(self):
        for n in range(self.chance.choice((1, 1, 2))):
            by, to = self.chance.sample(range(1, self.threads + 1), 2)
            posts = self.chance.choice((1, 1, 2))
            for _ in range(posts):
                self.insert(by if not self.free else self.chance.randrange(1, self.threads + 1), f"p{n}",
                            not self.free or self.chance.random() < 0.5)
            for _ in range(posts if self.chance.random() < 0.7 else 1):
                self.insert(to, f"w{n}", self.chance.random() < 0.6)

    def add_flag(self):
        by, to = self.chance.sample(range(1, self.threads + 1), 2)
        n = self.chance.randrange(self.mutexes)
        for thread, op in (by, "f"), (to, "a"):
            script, places, held = self.scripts[thread], [], 0
            for at, done in enumerate(script + [""]):
                if held == 0 or (self.chance.random() < 0.4 and f"L{n}" not in script):
                    places.append(at)
                held += (done[:1] in tuple("LRWT")) - (done[:1] in tuple("UXG"))
            at = self.chance.choice(places)
            script[at:at] = [f"L{n}", f"{op}{n}", f"U{n}"]

    def add_main(self):
        """Makes all, and joins all; now and then one before it makes the next, or holding a lock."""
        script, alive = [], []
        for i in range(1, self.threads + 1):
            script.append(f"s{i}")
            alive.append(i)
            if self.chance.random() < 0.12:
                script.append(f"j{alive.pop(self.chance.randrange(len(alive)))}")
        self.chance.shuffle(alive)
        joins = [f"j{i}" for i in alive]
        if self.chance.random() < 0.12 and joins:
            joins[0:1] = ["L0", joins[0], "U0"]
        self.scripts[0] = script + joins

    def arguments(self):
        return [str(self.units), str(self.parties)] + ["".join(s) for s in self.scripts] + \
            (["o:" + "".join(self.routine)] if self.routine else [])


class Model:
    """All states from which no thread goes on, though some have not ended: .stuck."""

    def __init__(self, program, flags=0, runner=None):
        self.program, self.flags, self.runner = program, flags, runner
        # A once is where its routine begins and ends in a script: [0 begins, 1 ends, and where it goes on.
        self.scripts = []
        for script in program.scripts:
            ops = []
            for op in script:
                if op == "o0":
                    ops += [("[", len(ops) + len(program.routine) + 2)] + [(o[0], int(o[1])) for o in program.routine] + \
                        [("]", 0)]
                else:
                    ops.append((op[0], int(op[1])))
            self.scripts.append(ops)
        self.stuck, self.complete = [], True
        self.search()

    # A state: program counters (-1: not made), mutex owners, rwlock (writer, readers), pool holders, event units,
    # barrier arrivals, flags, threads asleep at a flag, state of the once (0, 1 + thread, or -1: done).

    def first(self):
        n = len(self.scripts)
        return ((0,) + (-1,) * (n - 1), (-1,) * 4, (-1, ()), ((),) * 4, (0,) * 4, ((),) * 4, (self.flags,) * 4, (), 0)

    def next(self, state, t):
        """The state after thread t's next operation; None: it is blocked."""
        pcs, mutex, rw, pool, event, barrier, flags, asleep, once = state
        what, n = self.scripts[t][pcs[t]]

        def put(values, at, value):
            return values[:at] + (value,) + values[at + 1:]

        on = put(pcs, t, pcs[t] + 1)
        if what == "L":
            return mutex[n] < 0 and (on, put(mutex, n, t), rw, pool, event, barrier, flags, asleep, once)
        if what == "U":
            return on, put(mutex, n, -1), rw, pool, event, barrier, flags, asleep, once
        if what == "R":
            return rw[0] < 0 and (on, mutex, (-1, tuple(sorted(rw[1] + (t,)))), pool, event, barrier, flags, asleep, once)
        if what == "W":
            return rw == (-1, ()) and (on, mutex, (t, ()), pool, event, barrier, flags, asleep, once)
        if what == "X":
            readers = list(rw[1])
            if rw[0] != t:
                readers.remove(t)
            return on, mutex, (-1, tuple(readers)), pool, event, barrier, flags, asleep, once
        if what == "T":
            return len(pool[n]) < self.program.units and \
                (on, mutex, rw, put(pool, n, tuple(sorted(pool[n] + (t,)))), event, barrier, flags, asleep, once)
        if what == "G":
            units = list(pool[n])
            units.remove(t)
            return on, mutex, rw, put(pool, n, tuple(units)), event, barrier, flags, asleep, once
        if what == "w":
            return event[n] > 0 and (on, mutex, rw, pool, put(event, n, event[n] - 1), barrier, flags, asleep, once)
        if what == "p":
            return on, mutex, rw, pool, put(event, n, event[n] + 1), barrier, flags, asleep, once
        if what == "b":
            if t in barrier[n]:
                return None
            there = barrier[n] + (t,)
            if len(there) < self.program.parties:
                return pcs, mutex, rw, pool, event, put(barrier, n, tuple(sorted(there))), flags, asleep, once
            for i in there:
                pcs = put(pcs, i, pcs[i] + 1)
            return pcs, mutex, rw, pool, event, put(barrier, n, ()), flags, asleep, once
        if what == "f":
            return on, mutex, rw, pool, event, barrier, put(flags, n, 1), asleep, once
        if what == "a":
            if t not in asleep:
                if flags[n]:
                    return on, mutex, rw, pool, event, barrier, flags, asleep, once
                return pcs, put(mutex, n, -1), rw, pool, event, barrier, flags, tuple(sorted(asleep + (t,))), once
            return bool(flags[n]) and mutex[n] < 0 and \
                (on, put(mutex, n, t), rw, pool, event, barrier, flags, tuple(i for i in asleep if i != t), once)
        if what == "[":
            if once == 0:
                return self.runner in (None, t) and (on, mutex, rw, pool, event, barrier, flags, asleep, 1 + t)
            return once == -1 and (put(pcs, t, n), mutex, rw, pool, event, barrier, flags, asleep, once)
        if what == "]":
            return on, mutex, rw, pool, event, barrier, flags, asleep, -1
        if what == "s":
            return put(on, n, 0), mutex, rw, pool, event, barrier, flags, asleep, once
        if what == "j":
            return pcs[n] == len(self.scripts[n]) and (on, mutex, rw, pool, event, barrier, flags, asleep, once)
        raise ValueError(what)

    def search(self):
        seen, todo = {self.first()}, [self.first()]
        while todo:
            state = todo.pop()
            goes_on = ended = 0
            for t, script in enumerate(self.scripts):
                if state[0][t] == len(script):
                    ended += 1
                if not 0 <= state[0][t] < len(script):
                    continue
                after = self.next(state, t)
                if not after:
                    continue
                goes_on += 1
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
            if goes_on == 0 and ended < len(self.scripts):
                self.stuck.append(self.waits(state))
            if len(seen) > STATES:
                self.complete = False
                return

    def waits(self, state):
        """{thread: (what it wants, what it holds)} of those that are blocked for ever."""
        pcs, mutex, rw, pool, _, _, _, asleep, once = state
        found = {}
        for t, script in enumerate(self.scripts):
            if not 0 <= pcs[t] < len(script):
                continue
            what, n = script[pcs[t]]
            held = [f"mutex[{i}]" for i, owner in enumerate(mutex) if owner == t]
            held += ["rwlock[0]"] * (rw[0] == t or t in rw[1]) + ["pool[0]"] * pool[0].count(t)
            held += ["once"] * (once == 1 + t)
            if what == "j":
                wants = f"thread {n}"
            elif what == "[":
                wants = "once"
            elif what == "a" and state[6][n]:
                wants = f"mutex[{n}]"
            else:
                wants = f"{NAMES[what]}[{n}]"
            found[t] = (wants, held)
        return found


LOCKS = ("mutex", "rwlock", "pool", "once")


def lock_cycles(stuck):
    """
    The locks of each cycle of threads that wait for locks of each other; sets. Where units of a pool are held by further
    threads, which wait for something else or for one more, it takes more than that cycle (docs/limits.md).
    """
    found = set()
    holders = collections.defaultdict(set)
    for t, (_, held) in stuck.items():
        for lock in held:
            holders[lock].add(t)

    def follow(path):
        wants = stuck[path[-1]][0]
        if not wants.startswith(LOCKS):
            return
        for t in holders[wants]:
            if t == path[0]:
                wants = {stuck[i][0] for i in path}
                if len(wants) in (1, len(path)) and all(holders[stuck[i][0]] <= set(path) for i in path if stuck[i][0].startswith("pool")):
                    found.add(frozenset(stuck[i][0] for i in path))
            elif t not in path and t > path[0]:
                follow(path + [t])

    for t in stuck:
        follow([t])
    return found


def could_be(finding, stuck):
    """Whether what a warning says has happened in one of these states: each thread wants what it says, and holds it."""
    name = {lock["id"]: lock["name"] for lock in finding["locks"]}
    sides = [(side["thread"], name.get(side["holds"]), name.get(side["wants"])) for side in finding["cycle"]]
    if finding["kind"] == "lock-order":
        wanted = {lock for _, _, lock in sides}
        return any(wanted <= {want for want, _ in state.values()} for state in stuck)
    thread, held, _ = sides[0]
    for state in stuck: # the waker may be kept out by another lock that the waiter holds, which it needs earlier
        wants, holds = state.get(thread - 1, ("", []))
        if held in holds and not wants.startswith(LOCKS) and set(holds) & {want for want, _ in state.values()}:
            return True
    return False


class Run:
    def __init__(self, seed):
        self.program = Program(seed)
        self.model = Model(self.program)
        self.wrong, self.hung, self.warnings, self.missed_waits, self.flagged = [], False, [], False, 0
        if self.model.complete:
            self.watch()

    def watch(self):
        with tempfile.TemporaryDirectory() as folder:
            env = {**os.environ, "LD_PRELOAD": LIBRARY, "LOCKWATCH_OPTIONS": f"dir={folder}:keep=always:log={folder}/log"}
            with open(folder + "/out", "wb") as out:
                process = subprocess.Popen([PROGRAM, *self.program.arguments()], env=env, stdin=subprocess.DEVNULL,
                                           stdout=out)
                self.wait(process, folder + "/log")
            runner = open(folder + "/out", "rb").read()
            record = glob.glob(folder + "/*.lockwatch")
            findings = []
            if record:
                out = subprocess.run([BUILD + "/lockwatch", "report", "--format=json", *record], capture_output=True,
                                     check=False).stdout
                findings = json.loads(out)["findings"]
            self.compare(findings, int(runner) if runner.strip() else None)

    def wait(self, process, log):
        began = time.monotonic()
        while True:
            try:
                if process.wait(0.05) != 0:
                    self.wrong.append(f"it ended with {process.returncode}")
                return
            except subprocess.TimeoutExpired:
                pass
            said = os.path.exists(log) and b"deadlock:" in open(log, "rb").read()
            if said or time.monotonic() > began + PATIENCE:
                self.hung = True
                if not said:
                    self.wrong.append("MISSED: it hangs, and nothing is said")
                time.sleep(0.02)
                process.kill()
                process.wait()
                return

    def compare(self, findings, runner):
        stuck = self.model.stuck
        deadlocks = [f for f in findings if f["kind"] == "deadlock"]
        if self.hung and not stuck:
            self.wrong.append("FALSE: it cannot hang")
        if not self.hung and deadlocks:
            self.wrong.append("FALSE: a deadlock, and it has ended")
        if self.hung and not any(f["confidence"] == "certain" for f in deadlocks):
            self.wrong.append("MISSED: nobody goes on, and that is not certain: " +
                              "; ".join(f["message"] for f in deadlocks))
        self.warnings = [f for f in findings if f["kind"] in ("lock-order", "wait-holding") and f["severity"] == "warning"]
        for finding in self.warnings:
            if could_be(finding, stuck):
                continue
            if "a" in self.program.has and could_be(finding, Model(self.program, 1).stuck):
                self.flagged += 1  # only a flag keeps these apart, which is no more than data (docs/limits.md)
                continue
            self.wrong.append(f"FALSE: {finding['message']}: never so")
        others = [f for f in findings if f["severity"] == "warning" and f not in self.warnings and f not in deadlocks]
        self.wrong += [f"FALSE: {f['kind']}: {f['message']}" for f in others]
        if self.hung:
            return
        warned = set()
        for finding in self.warnings:
            warned |= {lock["name"] for lock in finding["locks"]}
        # What only another thread does that might have run the once's routine could not be seen.
        for state in Model(self.program, 0, runner).stuck if runner is not None else stuck:
            cycles = lock_cycles(state)
            for cycle in cycles:
                if cycle & warned:
                    continue
                if f"MISSED: {sorted(cycle)}" not in self.wrong:
                    self.wrong.append(f"MISSED: {sorted(cycle)}")
            self.missed_waits |= not cycles and not warned

    def text(self):
        program = self.program
        return "\n".join([f"seed {program.seed}: {' '.join(program.arguments())}"] + self.wrong +
                         [f"    warned: {f['message']}" for f in self.warnings] +
                         [f"    stuck: {state}" for state in self.model.stuck[:6]])


def many(seeds, workers=4):
    """Runs all seeds; prints what failed, and figures. True: nothing did."""
    began = time.monotonic()
    figures = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(max_workers=workers) as pool:
        for run in pool.map(Run, seeds):
            figures["runs"] += run.model.complete
            figures["too large"] += not run.model.complete
            figures["can hang"] += bool(run.model.stuck)
            figures["hung"] += run.hung
            figures["warned of"] += bool(run.warnings)
            figures["warnings"] += len(run.warnings)
            figures["kept apart by a flag"] += run.flagged
            false = sum("FALSE" in words for words in run.wrong)
            figures["free-form false"] += false * run.program.free
            figures["free-form warnings"] += len(run.warnings) * run.program.free
            figures["false"] += false * (not run.program.free)
            figures["missed"] += any("MISSED" in words for words in run.wrong)
            figures["hang otherwise"] += run.missed_waits
            bad = any("FALSE" not in words for words in run.wrong) or (false and not run.program.free)
            if run.wrong:
                print(("FAIL " if bad else "") + run.text(), flush=True)
            figures["failed"] += bad
    print(", ".join(f"{figures[what]} {what}" for what in (
        "runs", "too large", "can hang", "hung", "warned of", "warnings", "kept apart by a flag",
        "false", "missed", "free-form warnings", "free-form false", "hang otherwise", "failed")) +
        f"; {time.monotonic() - began:.0f} s", flush=True)
    return figures["failed"] == 0 and figures["free-form false"] <= 1 + figures["free-form warnings"] // 100

