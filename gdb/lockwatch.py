"""Commands of lockwatch for gdb, on a process or a core, with and without a record:

  lockwatch              a line for each thread: what it waits for, what it holds, where
  lockwatch cycle        who waits for whom in a deadlock
  lockwatch lock EXPR    who holds the lock that EXPR is, or points to, or that is called so, and who waits for it
  lockwatch thread       go to the thread that holds what this one waits for, and to the program's frame in it

gdb loads this file together with liblockwatch.so, if it is installed below gdb's data directory; else, and for a program
that was not preloaded: source PREFIX/share/lockwatch/gdb.py. What is known comes from the analyzer, `lockwatch`: from
the record, if the program was preloaded and its record is there, else as `lockwatch attach` and `core` read it.
"""
import json
import os
import re
import shutil
import subprocess

import gdb


class Unknown(gdb.GdbError):
    pass


def analyzer():
    """Beside the library, or in the PATH; $LOCKWATCH names another one."""
    for objfile in gdb.objfiles():
        if os.path.basename(objfile.filename or "") == "liblockwatch.so":
            beside = os.path.join(os.path.dirname(os.path.realpath(objfile.filename)), "lockwatch")
            if os.access(beside, os.X_OK):
                return os.environ.get("LOCKWATCH", beside)
    found = os.environ.get("LOCKWATCH") or shutil.which("lockwatch")
    if not found:
        raise Unknown("the program `lockwatch` is not in the PATH; set the environment variable LOCKWATCH to its path")
    return found


def target():
    """The number of the process, and the path of the core it is read from, if it is one."""
    inferior = gdb.selected_inferior()
    if not inferior.pid and not inferior.threads():
        raise Unknown("there is no process and no core")
    core = re.search(r"core dump file:\s+`(.*)', file type", gdb.execute("info files", to_string=True))
    return inferior.pid, core and core[1]


def record():
    """The record that is mapped in the process, which its mappings name; None: there is none. Then what is missing."""
    try:
        mappings = gdb.execute("info proc mappings", to_string=True)
    except gdb.error:
        return None, None
    path = re.search(r"\s(/.*\.lockwatch)( \(deleted\))? *$", mappings, re.M)
    if not path:
        return None, None
    if path[2] or not os.path.exists(path[1]):
        return None, (f"the record {path[1]} is not there any more, and a core has its memory only if bit 3 of "
                      "/proc/PID/coredump_filter was set: where locks were acquired is not known")
    return path[1], None


def read():
    """What the analyzer knows, as `lockwatch report --format=json` has it."""
    pid, core = target()
    path, missing = record()
    if path:
        arguments = ["report", "--format=json", path]
    elif core:
        arguments = ["core", "--format=json", core] + [f for f in [gdb.current_progspace().filename] if f]
    else:
        arguments = ["attach", "--format=json", str(pid)]
    done = subprocess.run([analyzer(), *arguments], capture_output=True, text=True, errors="replace")
    if done.returncode > 1 or not done.stdout:
        raise Unknown(done.stderr.strip() or "the analyzer said nothing")
    if missing:
        gdb.write(f"({missing})\n")
    return json.loads(done.stdout)


# What is wrapped around a lock, as reports leave it out: of libc, of C++'s library, of Python's own modules.
LIBRARY = re.compile(r"/usr/include/|/usr/lib/(?!python3[^/]*/[^/]*-packages/)|<frozen |/rustc/|.*/lib/python3[.\d]*/(?!.*-packages/)")
WRAPPERS = ("std::", "__gthread", "__gnu_cxx::", "pthread_", "__pthread_")


def is_program(function, file, module):
    return bool(file) and not LIBRARY.match(file) and not (function or "").startswith(WRAPPERS) and \
        not os.path.basename(module or "").startswith(("libc.", "ld-", "libpthread", "libstdc++", "liblockwatch"))


class View:
    """The threads and locks of a report, beside those of gdb."""

    def __init__(self):
        self.report = read()
        self.threads = self.report["threads"]
        self.locks = {lock["id"]: lock for lock in self.report["locks"]}
        for finding in self.report["findings"]:
            self.locks.update((lock["id"], lock) for lock in finding["locks"])
        self.of_gdb = {thread.ptid[1] or thread.ptid[0]: thread for thread in gdb.selected_inferior().threads()}
        self.used = {}  # locks without a name of their own, by what they are called here
        said = [finding["message"] for finding in self.report["findings"]]
        self.names = dict(re.findall(r"\bT(\d+) \(([^()]*)\)", " ".join(said)))
        main = min(self.of_gdb.values(), key=lambda thread: thread.num, default=None)
        self.common = main.name if main else None  # threads that nobody named have the program's name

    def thread(self, thread):
        """gdb's number, and the name that the reports have."""
        there = self.of_gdb.get(thread["tid"])
        name = thread.get("name") or (there.name if there and there.name != self.common else None) or \
            self.names.get(str(thread["id"])) or ("main" if thread["id"] == 1 else None)
        return f"{there.num if there else '-':>3}  T{thread['id']}" + (f" ({name})" if name else "")

    def lock(self, lock):
        known = self.locks.get(lock)
        if not known:
            return "thread" if lock else "a lock"
        if known["kind"] == "thread":
            return f"the end of {known['name'] or 'a thread'}"
        called = known["label"] or known["address"]
        if called != known["name"]:
            self.used[called] = known
        return f"{known['kind']} {called}"

    def place(self, stack):
        """The first frame of the program's; else one that has a line."""
        frames = [frame for frame in stack or [] if frame["file"] and not (frame["module"] or "").startswith("libc.")]
        own = [f for f in frames if is_program(f["function"], (f["directory"] or "") + "/" + f["file"]
                                               if not f["file"].startswith(("/", "<")) else f["file"], f["module"])]
        for frame in own + frames:
            return f"{frame['function'] or '?'} at {frame['file']}:{frame['line'] or 0}"
        return ""

    def explain(self):
        """The locks that go by a short name."""
        for called, known in sorted(self.used.items()):
            created = self.place(known["created"])
            gdb.write(f"{called} is the {known['kind']} {known['name'] + ', ' if known['name'] else ''}"
                      + (f"created in {created} " if created else "") + f"({known['address']})\n")

    def waiting(self, thread):
        wait = thread["waits"]
        if not wait:
            return thread["state"]
        at = self.place(wait["stack"])
        return f"waits for {self.lock(wait['lock'])}" + (f" in {at}" if at else "")

    def holders(self, lock):
        known = self.locks.get(lock)
        if known and known["kind"] == "thread":
            return [t for t in self.threads for f in self.report["findings"] for c in f["cycle"]
                    if c["holds"] == lock and c["thread"] == t["id"]][:1]
        return [thread for thread in self.threads if any(hold["lock"] == lock for hold in thread["holds"])]

    def waiters(self, lock):
        return [thread for thread in self.threads if thread["waits"] and thread["waits"]["lock"] == lock]


class Lockwatch(gdb.Command):
    """Who waits for whom: a line for each thread. Below it: lockwatch cycle, lockwatch lock EXPR, lockwatch thread."""

    def __init__(self):
        super().__init__("lockwatch", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE, True)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError("lockwatch takes no argument; or one of: cycle, lock EXPR, thread")
        view = View()
        for thread in view.threads:
            held = ", ".join(view.lock(hold["lock"]) for hold in thread["holds"])
            gdb.write(f"{view.thread(thread)}: {view.waiting(thread)}" + (f"; holds {held}" if held else "") + "\n")
        view.explain()
        for finding in view.report["findings"]:
            gdb.write(f"{finding['severity']}: {finding['message']}\n")


class Cycle(gdb.Command):
    """lockwatch cycle: who waits for whom in each deadlock, with gdb's numbers of the threads."""

    def __init__(self):
        super().__init__("lockwatch cycle", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        view = View()
        found = [f for f in view.report["findings"] if f["kind"] == "deadlock"]
        if not found:
            gdb.write("no deadlock was found\n")
        for finding in found:
            gdb.write(f"{finding['severity']}: {finding['message']}\n")
            for thread in finding["threads"]:
                gdb.write(f"{view.thread(thread)}: {view.waiting({**thread, 'state': 'has exited'})}\n")
                for hold in thread["holds"]:
                    at = view.place(hold["stack"])
                    gdb.write(f"     holds {view.lock(hold['lock'])}" + (f", acquired in {at}" if at else "") + "\n")
            view.explain()
            gdb.write(f"What to change: {finding['advice']}\n")


def locks_at(view, expression):
    """The locks in what an expression says, and its address; an integer or a pointer is one."""
    value = gdb.parse_and_eval(expression)
    kind = value.type.strip_typedefs()
    if kind.code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_INT):
        start, size = int(value), kind.target().sizeof if kind.code == gdb.TYPE_CODE_PTR else 1
    elif value.address is None:
        raise gdb.GdbError("the expression has no address")
    else:
        start, size = int(value.address), kind.sizeof
    return start, [lock for lock in view.locks.values()
                   if lock["address"] and start <= int(lock["address"], 16) < start + max(size, 1)]


class Lock(gdb.Command):
    """lockwatch lock EXPR: who holds a lock, and who waits for it. EXPR is what the other commands call it, or an
    expression: a lock, its address, or what contains it."""

    def __init__(self):
        super().__init__("lockwatch lock", gdb.COMMAND_STATUS, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("lockwatch lock wants a lock: its name, its address, or an expression for what contains it")
        view = View()
        locks = [lock for lock in view.locks.values() if argument.strip() in (lock["name"], lock["label"])]
        if not locks:
            start, locks = locks_at(view, argument)
            if not locks:
                gdb.write(f"no thread holds or waits for a lock at {start:#x}, as far as is known\n")
        for lock in locks:
            gdb.write(f"{view.lock(lock['id'])} ({lock['address']})\n")
            for what, threads in ("held", view.holders(lock["id"])), ("waited for", view.waiters(lock["id"])):
                for thread in threads:
                    gdb.write(f"  {what} by {view.thread(thread).strip()}\n")
                if not threads:
                    gdb.write(f"  {what} by no thread, as far as is known\n")


def select_program():
    """The innermost frame of the program's own code, if there is one."""
    frame = gdb.newest_frame()
    while frame is not None:
        table = frame.find_sal().symtab
        library = gdb.solib_name(frame.pc())
        if table and is_program(frame.name(), table.fullname() if table.filename.startswith("/") else table.filename, library):
            frame.select()
            gdb.execute("frame")
            return
        frame = frame.older()


class Thread(gdb.Command):
    """lockwatch thread: go to the thread that holds what this one waits for."""

    def __init__(self):
        super().__init__("lockwatch thread", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        here = gdb.selected_thread()
        if here is None:
            raise gdb.GdbError("no thread is selected")
        view = View()
        tid = here.ptid[1] or here.ptid[0]
        thread = next((t for t in view.threads if t["tid"] == tid), None)
        if thread is None or not thread["waits"]:
            raise gdb.GdbError("this thread waits for nothing that is known")
        holders = [t for t in view.holders(thread["waits"]["lock"]) if t["tid"] in view.of_gdb]
        if not holders:
            raise gdb.GdbError(f"it waits for {view.lock(thread['waits']['lock'])}, and who holds that is not known")
        gdb.write(f"{view.lock(thread['waits']['lock'])} is held by {view.thread(holders[0]).strip()}, "
                  f"which {view.waiting(holders[0]).replace('running', 'runs')}\n")
        view.explain()
        view.of_gdb[holders[0]["tid"]].switch()
        gdb.write(f"[Switching to thread {gdb.selected_thread().num} (LWP {holders[0]['tid']})]\n")
        select_program()


for command in Lockwatch, Cycle, Lock, Thread:
    command()
