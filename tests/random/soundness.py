"""Random programs (random_locks.c), run under the library: whether they hang, against what was found.

Both are of one and the same run; another run of the same seed may go another way. That a program hangs is not
lockwatch's word, but its own: in shared memory it keeps what each of its threads does. It hangs when all of them that
have not ended have stood in a call without a time-out for a while; a worker that goes on beside them, or a main thread
that naps until all are done, does not count. What such a call waits for, the owner and who signalled before, it keeps
as well, and of_rules() below says of that, by a plain fixpoint, who cannot go on by the rules that lockwatch goes by.

What is a failure:
  - a finding of a thread that was not stuck in the end, whatever the confidence; in a run that ended, any finding
  - a finding whose thread waits for something else than the program says, or holds what it does not hold
  - a hang of threads that cannot go on by the rules, and no finding that they are part of or wait behind
  - a finding on stderr that is not in the record, or the other way round
  - what is likely, and was taken back, but where a first post comes late: that is counted only
  - another output than that of a run without the library, or a run that neither ends nor stands still

What may be reported or not: a hang that by the rules is none, as somebody lives on who might still wake them. That is a
semaphore or condition that nobody posted or signalled so far, or a barrier, while any thread lives; one that was
signalled by a thread that lives on; all that nobody posted, where a signal handler could, or a thread that libc made,
and what such a one has posted; a semaphore shared between processes; one that is a lock, but whose units are not
accounted for. What is found there must be true all the same.
"""
import concurrent.futures
import json
import mmap
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from watched import BUILD, SLOW, report

PROGRAMS = [BUILD + "/tests/random/random_locks", BUILD + "/tests/random/random_cancels"]
LIBRARY = BUILD + "/liblockwatch.so"
SIDE_BY_SIDE = 4
STOOD = 0.8 * SLOW       # seconds: so long has a hang stood before it is believed, and
PATIENCE = 6 * SLOW      # so long does it wait for a finding that is due, and
UNKNOWABLE = 3.5 * SLOW  # so long for one that is not
LIMIT = 60 * SLOW

# The layout of struct world.
THREADS, WORKER, OBJECTS, HELD = 10, 9, 16, 24
ABSENT, RUNS, BLOCKED, BOUNDED, DONE, IDLE = range(6)
MUTEX, RWLOCK, SPINLOCK, SEMAPHORE, CONDITION, BARRIER, THREAD, ONCE = range(1, 9)
ROBUST, PREFER_WRITER, SIGNAL, SHARED, POSTED, FOREIGN_POSTERS, FILLED = 1, 2, 4, 8, 16, 32, 64
HANDLER, FOREIGN = 1, 2
WORDS = 3 + THREADS * (7 + HELD) + OBJECTS * 6
KINDS = ["", "mutex", "rwlock", "spinlock", "semaphore", "condition", "barrier", "thread", "once"]


def program_of(seed):
    return PROGRAMS[seed % 4 == 1]


class Thread:
    def __init__(self, words):
        self.state, self.steps, self.tid, self.object, self.shared, creator, helds = words[:7]
        self.creator, self.order = creator & 255, creator >> 8
        self.held = [(word & 255, word >= 256) for word in words[7:7 + min(helds, HELD)]]

    def here(self):
        return self.state not in (ABSENT, DONE)


class Object:
    def __init__(self, words):
        self.kind, self.address, self.mutex, self.value, self.posters, self.traits = words


class World:
    """What the program says of itself, at one look."""

    def __init__(self, memory):
        words = struct.unpack(f"{WORDS}Q", memory[:WORDS * 8])
        size = 7 + HELD
        self.ready = words[0]
        self.others = words[1]
        self.slow = bool(words[2])
        self.threads = [Thread(words[3 + i * size:3 + (i + 1) * size]) for i in range(THREADS)]
        rest = words[3 + THREADS * size:]
        self.objects = [Object(rest[i * 6:i * 6 + 6]) for i in range(OBJECTS)]

    def blocked(self):
        return {i for i, t in enumerate(self.threads) if t.state == BLOCKED}

    def standing(self):
        """What stays as it is when everybody stands still; None if somebody clearly does not."""
        if not self.ready or any(t.state in (RUNS, BOUNDED) for t in self.threads) or not self.blocked():
            return None
        return [(t.state, t.state != IDLE and t.steps) for t in self.threads]

    def text(self):
        lines = []
        for i, t in enumerate(self.threads):
            if t.state != ABSENT:
                what = f" in {t.object}{' shared' * t.shared}" if t.state == BLOCKED else ""
                holds = [f"{o} shared" if shared else o for o, shared in t.held]
                state = "absent runs blocked bounded done idle".split()[t.state]
                lines.append(f"    {i} tid={t.tid} {state}{what}, holds {holds}, made by {t.creator}")
        for n, o in enumerate(self.objects):
            if o.kind:
                lines.append(f"    object {n}: {KINDS[o.kind]} {o.address:#x} mutex={o.mutex} value={o.value} "
                             f"traits={o.traits} posters={[i for i in range(THREADS) if o.posters >> i & 1]}")
        return "\n".join(lines)


def of_rules(world, reported=()):
    """
    Who cannot go on: strikes everybody whom somebody may wake, until nothing changes. If some are reported of, those are
    left who are neither of them, nor wait behind them or for the same.
    """
    threads, objects = world.threads, world.objects
    reported_objects = {threads[i].object for i in reported}
    alive = {i for i, t in enumerate(threads) if t.here() and (t.state != BLOCKED or t.object in reported_objects)}

    def holders(n, shared=None):
        return [i for i, t in enumerate(threads) for o, s in t.held if o == n and shared in (None, s)]

    def may_signal(n, o):
        posters = [i for i in range(THREADS) if o.posters >> i & 1]
        if o.traits & FOREIGN_POSTERS:
            return True
        found = set()
        for i in posters:
            if not threads[i].here():  # who ended stands for those of its routine that were made later,
                found |= {k for k, t in enumerate(threads) if t.here() and t.order > threads[i].order and
                          not (t.state == BLOCKED and t.object == n)}
            last = max(t.order for t in threads if t.here())
            while not threads[i].here() and i != 0:  # and for whoever made it
                i = threads[i].creator
                if not threads[i].here() and i != 0 and last > threads[i].order:
                    return True  # a later thread may have its slot, so that nothing tells who made it
            if not threads[i].here():
                return bool(alive) or bool(world.others)
            if not (threads[i].state == BLOCKED and threads[i].object == n):
                found.add(i)
        return bool(found & alive) if found else bool(alive) or bool(world.others)

    def may_take(n, shared):
        o = objects[n]
        if o.kind == SEMAPHORE:
            units = holders(n)
            if o.traits & SHARED:
                return True
            if o.traits & SIGNAL:
                return may_signal(n, o)
            if o.traits & POSTED or o.value == 1 and not any(threads[i].object == n and threads[i].state == BLOCKED
                                                             for i in units):
                return any(i in alive for i in units)
            return bool(alive) or bool(world.others)
        having = holders(n, False if shared else None)
        if shared and o.traits & PREFER_WRITER:
            having += [i for i, t in enumerate(threads) if t.state == BLOCKED and t.object == n and not t.shared]
        if not having or o.traits & ROBUST and any(threads[i].state == DONE for i in having):
            return True
        return all(i in alive for i in having)

    def may_go_on(i):
        t = threads[i]
        if t.object >= 128:
            return t.object - 128 in alive or not threads[t.object - 128].here()
        o = objects[t.object]
        if o.kind == CONDITION:
            own = i in holders(o.mutex)  # a recursive mutex that it had locked more than once
            return may_signal(t.object, o) and (own or may_take(o.mutex, False))
        if o.kind == BARRIER:
            return bool(alive) or bool(world.others & FOREIGN)
        return may_take(t.object, t.shared)

    changed = True
    while changed:
        changed = False
        for i in world.blocked() - alive:
            if may_go_on(i):
                alive.add(i)
                changed = True
    return world.blocked() - alive


def deadlocks(records):
    """The findings in what the run recorded so far; None: it cannot be read."""
    found = []
    for record in records:
        status, text, errors = report(record, "json")
        if status not in (0, 1):
            return None
        found += [finding for finding in json.loads(text)["findings"] if finding["kind"] == "deadlock"]
    return found


def of_finding(world, finding):
    """The program's threads in a finding, and what is wrong with it."""
    members, wrong = set(), []
    locks = {lock["id"]: lock for lock in finding["locks"]}

    def is_one(lock, numbers):
        return any(int(locks[lock]["address"], 16) == world.objects[n].address for n in numbers)

    for thread in finding["threads"]:
        mine = [i for i, t in enumerate(world.threads) if t.tid == thread["tid"] and t.state != ABSENT]
        if len(mine) != 1 or world.threads[mine[0]].state != BLOCKED:
            wrong.append(f"thread {thread['id']} (tid {thread['tid']}, here {mine}) is not stuck")
            continue
        members.add(mine[0])
        t = world.threads[mine[0]]
        wants = thread["waits"]["lock"] if thread["waits"] else None
        if t.object < 128:
            o = world.objects[t.object]
            if wants is None or not is_one(wants, [t.object] + [o.mutex] * (o.kind == CONDITION)):
                wrong.append(f"thread {mine[0]} waits for object {t.object}, and not for {locks.get(wants)}")
        # Posts before there is a second thread are its first value: then who waits for it may hold a unit.
        filled = [n for n, o in enumerate(world.objects) if o.traits & FILLED]
        for hold in thread["holds"]:
            if not is_one(hold["lock"], [n for n, _ in t.held] + filled):
                wrong.append(f"thread {mine[0]} does not hold {locks.get(hold['lock'])}")
    return members, wrong


class Run:
    """One run of one seed: how it ended, what was found, and what is wrong with that."""

    def __init__(self, seed, folder):
        self.seed, self.folder = seed, folder
        self.program = program_of(seed)
        self.hung = self.due = self.taken_back = False
        self.findings, self.wrong = [], []
        self.world = None
        began = time.monotonic()
        self.watched()
        self.seconds = time.monotonic() - began

    def start(self, name, env):
        with open(f"{self.folder}/{name}.out", "wb") as out, open(f"{self.folder}/{name}.err", "wb") as err:
            return subprocess.Popen([self.program, str(self.seed), f"{self.folder}/{name}.world"], stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=err, env={**os.environ, **env}, start_new_session=True)

    def said(self, name):
        return open(f"{self.folder}/{name}", encoding="utf-8", errors="replace").read()

    def look(self, name):
        try:
            with open(f"{self.folder}/{name}.world", "rb") as file:
                memory = file.read()
        except FileNotFoundError:
            return None
        return World(memory) if len(memory) >= WORDS * 8 else None

    def records(self):
        folder = self.folder + "/records"
        return [f"{folder}/{name}" for name in os.listdir(folder)] if os.path.isdir(folder) else []

    def covered(self, world):
        """Whether all who are stuck by the rules are part of a finding, or wait behind one."""
        findings = deadlocks(self.records())
        if findings is None:
            return False
        members = set().union(*(of_finding(world, finding)[0] for finding in findings))
        return not of_rules(world, members)

    def wait(self, process, name, watched):
        """Until it has ended, or hangs for good and was reported, or should have been. True: it ended."""
        began, standing, since, heard = time.monotonic(), None, 0, None
        while True:
            try:
                process.wait(0.02 if standing is None else 0.1)
                return True
            except subprocess.TimeoutExpired:
                pass
            now, world = time.monotonic(), self.look(name)
            if now > began + LIMIT:
                self.wrong.append(f"{name}: it neither ended nor stood still:\n{world and world.text()}")
                return False
            before, standing = standing, world and world.standing()
            if standing is None or standing != before:
                since = now
                continue
            if now < since + STOOD:
                continue
            if not watched:
                return False
            due, said = bool(of_rules(world)), self.said("watched.err")
            if now > since + (PATIENCE if due else UNKNOWABLE):
                return False
            if due and said != heard and "lockwatch:" in said:
                heard = said
                if self.covered(world):
                    return False

    def watched(self):
        options = f"dir={self.folder}/records:keep=always"
        process = self.start("watched", {"LD_PRELOAD": LIBRARY, "LOCKWATCH_OPTIONS": options})
        self.hung = not self.wait(process, "watched", True)
        if self.hung:
            process.send_signal(signal.SIGKILL)
        status = process.wait()
        world = self.world = self.look("watched")
        self.out, errors = self.said("watched.out"), self.said("watched.err")
        if status != (-signal.SIGKILL if self.hung else 0) or "WRONG" in self.out or (not self.hung and not self.out):
            self.wrong.append(f"it ended with {status}, and wrote:\n{self.out}")
        stuck = of_rules(world) if self.hung else set()
        self.due = bool(stuck)
        findings = deadlocks(self.records())
        if findings is None or not self.records():
            self.wrong.append(f"no report of {self.records()}")
            findings = []
        self.findings = findings
        members = set()
        for finding in findings:
            if world.slow and finding["reason"] == "went-on" and finding["confidence"] == "likely":
                self.taken_back = True
                continue
            some, wrong = of_finding(world, finding)
            members |= some
            self.wrong += [f"FALSE: {finding['confidence']} {finding['message']}: {words}" for words in wrong]
        if findings and not self.hung and not self.taken_back:
            self.wrong.append("FALSE: it did not hang")
        if left := of_rules(world, members) if self.hung else None:
            self.wrong.append(f"MISSED: threads {sorted(left)} of {sorted(stuck)}")
        live = len(re.findall(r"^lockwatch: .*\bdeadlock: ", errors, re.M))
        if bool(live) != bool(findings):
            self.wrong.append(f"{len(findings)} findings in the record, and on stderr {live}")
        if self.wrong:
            self.wrong.append(f"what it did:\n{world.text()}\nstderr:\n{errors}")

    def plainly(self):
        """Without the library: it may hang or not, but what it prints when it ends is the same."""
        process = self.start("plain", {})
        hung = not self.wait(process, "plain", False)
        if hung:
            process.kill()
        status, out = process.wait(), self.said("plain.out")
        if not hung and not self.hung and (status, out) != (0, self.out):
            self.wrong.append(f"alone it ended with {status} and wrote:\n{out}\nand watched:\n{self.out}")


def one(seed, alone):
    with tempfile.TemporaryDirectory() as folder:
        run = Run(seed, folder)
        if alone and not run.hung:
            run.plainly()
        return run


def many(seeds, again):
    """Runs all seeds; prints what failed and the figures. True: nothing did."""
    began, runs, bad = time.monotonic(), [], 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
        for n, run in enumerate(pool.map(lambda seed: one(seed, seed % 4 == 0), seeds)):
            runs.append(run)
            if run.wrong:
                bad += 1
                print(f"FAIL seed {run.seed}: {again} {run.seed}; its scripts: {run.program} {run.seed}")
                print("  " + "\n".join(run.wrong).replace("\n", "\n  "), flush=True)
    hung = [run for run in runs if run.hung]
    print(f"{len(runs)} runs, {len(hung)} hung, {sum(run.due for run in hung)} of them by the rules; "
          f"{sum(bool(run.findings) for run in runs)} with findings, of these "
          f"{sum(any(f['confidence'] == 'certain' for f in run.findings) for run in runs)} certain; "
          f"{sum(any('FALSE' in words for words in run.wrong) for run in runs)} false, "
          f"{sum(any('MISSED' in words for words in run.wrong) for run in runs)} missed, {bad} failed; "
          f"{sum(run.taken_back for run in runs)} taken back for a slow first post; {time.monotonic() - began:.0f} s")
    return bad == 0
