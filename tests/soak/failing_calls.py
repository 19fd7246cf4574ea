"""Each system call that the library makes fails once, by strace's inject: the program's results are as plain, it ends,
and nothing is reported that is not so.

Whose a call is, strace -k shows: it is the library's if nothing but one function of libc is between it and the library,
and all calls of the analyzer that the library runs are. strace counts calls for each thread; a number is left alone if in
some thread the program makes the call of that number."""
import collections
import json
import os
import re
import shutil
import subprocess
import tempfile

BUILD = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "build")
LIBRARY, ANALYZER = BUILD + "/liblockwatch.so", BUILD + "/lockwatch"
LIMIT = 10  # seconds, for a program that takes 0.1 s

# rt_sigprocmask, close, gettid and the like do not fail with what the library gives them.
ERRORS = {
    "openat": ("EACCES", "EMFILE", "ENOSPC", "EINTR"), "mkdir": ("EACCES", "ENOSPC"), "mmap": ("ENOMEM",),
    "mprotect": ("ENOMEM",), "madvise": ("EINVAL",), "munmap": ("ENOMEM",), "mremap": ("ENOMEM",),
    "fallocate": ("ENOSPC", "EINTR", "EOPNOTSUPP"), "ftruncate": ("ENOSPC", "EINTR"), "fstat": ("ENOMEM",),
    "pwritev": ("ENOSPC", "EIO"),
    "newfstatat": ("ENOMEM", "EACCES"), "read": ("EINTR", "EIO"), "pread64": ("EIO",), "lseek": ("EINVAL",),
    "write": ("ENOSPC", "EINTR"), "writev": ("ENOSPC", "EINTR"), "readlink": ("EACCES",), "clone": ("EAGAIN",),
    "clone3": ("EAGAIN", "ENOSYS"), "vfork": ("EAGAIN",), "fork": ("EAGAIN",), "execve": ("ENOMEM", "EACCES"),
    "pipe2": ("EMFILE",), "wait4": ("EINTR",), "waitid": ("EINTR",), "poll": ("EINTR",), "ppoll": ("EINTR",),
    "nanosleep": ("EINTR",), "clock_nanosleep": ("EINTR",), "prctl": ("EINVAL",), "rt_sigaction": ("EINVAL",),
    "sigaltstack": ("ENOMEM",), "process_vm_readv": ("EPERM",), "prlimit64": ("EPERM",), "unlink": ("EACCES",),
    "rename": ("ENOSPC",), "getdents64": ("EIO",), "fcntl": ("EMFILE",), "dup": ("EMFILE",), "statfs": ("ENOSYS",),
    "dup2": ("EINTR",), "close_range": ("ENOSYS",), "sysinfo": ("EPERM",), "flock": ("EINTR",),
    "sched_getaffinity": ("EPERM",), "kill": ("EPERM",), "tgkill": ("EPERM",), "access": ("EACCES",),
    "faccessat": ("EACCES",), "faccessat2": ("ENOSYS",), "get_robust_list": ("EPERM",), "uname": ("EFAULT",),
}

# A sample, all of whose threads the first one makes, and whether it gets stuck.
PROGRAMS = (("philosophers_fixed", False), ("producer_consumer_fixed", False), ("philosophers_faulty", True))


def missing():
    """Why nothing can be tried here, or None."""
    if shutil.which("strace") is None:
        return "strace is missing"
    tried = subprocess.run(["strace", "-qq", "-k", "-o", "/dev/null", "true"], capture_output=True, text=True,
                           check=False)
    return None if tried.returncode == 0 and not tried.stderr else f"strace -k does not work: {tried.stderr.strip()}"


def traced(program, stuck, folder, *words):
    """Status, output and error output; None for a status if it did not end."""
    options = f"dir={folder}/records:keep=always:log={folder}/log" + (":on_deadlock=exit" if stuck else "")
    child = subprocess.Popen(["strace", "-f", "-qq", *words, "-E", f"LD_PRELOAD={LIBRARY}", "-E",
                              f"LOCKWATCH_OPTIONS={options}", program], text=True, errors="replace",
                             start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    try:
        out, err = child.communicate(timeout=60 if "-k" in words else LIMIT)
        return child.returncode, out, err
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        return None, *child.communicate()


class Thread:
    def __init__(self, first):
        self.count = collections.Counter()
        self.call = None  # the one whose stack comes next
        self.first, self.analyzer = first, False


def ours(thread, call, stack):
    if thread.analyzer:
        return True
    if call in ("clone", "clone3"):
        return not thread.first  # its stack cannot be walked; in the samples the first thread makes all
    files = [os.path.basename(frame.split("(")[0]) for frame in stack[:2]]
    return "liblockwatch.so" in files


def own_calls(trace):
    """{call: {number: whether it is the library's in every thread that comes so far}}."""
    threads, own, stacks = {}, collections.defaultdict(dict), []
    for line in open(trace, errors="replace"):
        if line.startswith(" > "):
            stacks[-1][3].append(line[3:])
        elif begun := re.match(r"(\d+) +(<\.\.\. )?(\w+)( resumed>|\()", line):
            thread = threads.setdefault(begun[1], Thread(not threads))
            if not begun[2]:
                thread.count[begun[3]] += 1
            thread.analyzer |= begun[3] == "execve" and f'"{ANALYZER}"' in line
            if not line.endswith("<unfinished ...>\n"):
                stacks.append((thread, begun[3], thread.count[begun[3]], []))
    for thread, call, number, stack in stacks:
        own[call][number] = own[call].get(number, True) and ours(thread, call, stack)
    return own


def reported(folder):
    """What is reported in all records; None for one that the analyzer chokes on."""
    records = os.path.join(folder, "records")
    for name in sorted(os.listdir(records)) if os.path.isdir(records) else ():
        said = subprocess.run([ANALYZER, "report", "--format=json", os.path.join(records, name)], capture_output=True,
                              text=True, check=False, timeout=60)
        if said.returncode not in (0, 1, 3):
            yield None
        elif said.returncode != 3:
            yield from (f"{f['kind']} {f['severity']} {f['confidence']}" for f in json.loads(said.stdout)["findings"]
                        if f["severity"] != "note")


def objection(plain, stuck, folder, ended):
    status, out, err = ended
    others = [line for line in err.splitlines() if not line.startswith("lockwatch: ")]
    if stuck and err.startswith("lockwatch: "):
        others = []  # the deadlock, as there is no log
    wrong = [rule for rule in reported(folder) if not (stuck and rule == "deadlock error certain")]
    log = open(folder + "/log", errors="replace").read() if os.path.exists(folder + "/log") else ""
    if status is None and not stuck:
        return "it did not end"
    if status != plain[0] and not (stuck and status in (None, 66)):
        return f"status {status}, not {plain[0]}"
    if out != plain[1] or others:
        return f"output {out!r}, error output {err!r}"
    if wrong or (not stuck and re.search("error:|warning:", log)):
        return f"reported: {wrong}{log}"
    return None


def fail_each(name, stuck, count, say):
    """The first `count` calls of each name."""
    program = f"{BUILD}/samples/{name}"
    plain = (None, "") if stuck else (0, subprocess.run([program], capture_output=True, text=True, check=True).stdout)
    with tempfile.TemporaryDirectory() as folder:
        ended = traced(program, stuck, folder, "-k", "-o", folder + "/trace")
        if bad := objection(plain, stuck, folder, ended):
            yield f"{name}: with strace -k: {bad}"
            return
        own = own_calls(folder + "/trace")
    tried = alone = 0
    for call, numbers in sorted(own.items()):
        mine = sorted(number for number in numbers if numbers[number] and call in ERRORS)
        alone += sum(not numbers[number] for number in numbers if call in ERRORS)
        for number, error in ((n, e) for n in mine[:count] for e in ERRORS[call]):
            with tempfile.TemporaryDirectory() as folder:
                ended = traced(program, stuck, folder, "-o", "/dev/null", "-e", f"trace={call}", "-e",
                               f"inject={call}:error={error}:when={number}")
                tried += 1
                if bad := objection(plain, stuck, folder, ended):
                    yield f"{name}: {call} number {number} with {error}: {bad}"
    never = " ".join(sorted(set(own) - set(ERRORS)))
    say(f"{name}: {tried} failures; {alone} calls are the program's own; not failed: {never}")


def objections(count, say):
    for name, stuck in PROGRAMS:
        yield from fail_each(name, stuck, count, say)
