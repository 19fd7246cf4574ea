"""Whole programs, for bench/run: CPU time (user and system) with the library and without, by turns. The figure is the
median of the pairs' ratios. What is not installed is skipped, and named."""
import os
import shutil
import subprocess
import sys
import tempfile

MISSING = 77  # exit status of a program of bench/programs without its library

PYTHON = """
import queue, sys, threading
there, back, lock, rounds = queue.Queue(), queue.Queue(), threading.Lock(), int(sys.argv[1])
def answer():
    for _ in range(rounds):
        x = there.get()
        with lock: x += 1
        back.put(x)
thread = threading.Thread(target=answer)
thread.start()
for i in range(rounds):
    there.put(i)
    with lock: pass
    assert back.get() == i + 1
thread.join()
"""

NODE = """
const {Worker, isMainThread} = require('worker_threads'), zlib = require('zlib'), crypto = require('crypto');
const data = Buffer.alloc(60000, 'lock after lock '), rounds = +process.argv[1] || 20;
(async () => {
    for (let i = 0; i < rounds; i++)
        await Promise.all([...Array(8)].map((_, k) => new Promise((done, failed) => k % 2
            ? zlib.deflate(data, error => error ? failed(error) : done())
            : crypto.pbkdf2('a', 'b', 1000, 64, 'sha512', error => error ? failed(error) : done()))));
})();
"""


def cpu_seconds(command, env, folder):
    """Of a program that ends by itself; None if it has not got what it needs."""
    with subprocess.Popen(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as run:
        return ended(run, command)


def ended(run, command):
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode == MISSING:
        return None
    if run.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {run.returncode}")
    return usage.ru_utime + usage.ru_stime


def memcached(bench, env, folder, gets):
    """The server's CPU time; the load is not watched."""
    socket = os.path.join(folder, "socket")
    command = ["memcached", "-t", "2", "-s", socket]
    if os.getuid() == 0:
        command += ["-u", "root"]
    with subprocess.Popen(command, env=env, cwd=folder, stderr=subprocess.DEVNULL) as server:
        try:
            subprocess.run([f"{bench}/programs/memcached_load", socket, str(gets)], check=True)
        finally:
            server.terminate()
        return ended(server, command)


class Program:
    """needs: what must be installed; size: how much it does, a thousandth of it for --quick"""

    def __init__(self, name, bound, needs, size, command):
        self.name, self.bound, self.needs, self.size, self.command = name, bound, needs, size, command

    def seconds(self, bench, env, size):
        with tempfile.TemporaryDirectory() as folder:
            if self.command is memcached:
                return memcached(bench, env, folder, size)
            return cpu_seconds(self.command(bench, str(size)), env, folder)


PROGRAMS = [
    Program("sqlite, 2 threads", 1.05, "libsqlite3.so.0", 20000, lambda bench, n: [f"{bench}/programs/sqlite", n]),
    Program("C++ map of std::mutex shards", 1.06, None, 1000000, lambda bench, n: [f"{bench}/programs/shards", n]),
    Program("memcached -t2, the server", 1.08, "memcached", 40000, memcached),
    Program("python queue and Lock, to and fro", 1.08, None, 20000, lambda _, n: [sys.executable, "-c", PYTHON, n]),
    Program("node, zlib and crypto", 1.05, "node", 60, lambda _, n: ["node", "-e", NODE, n]),
    Program("db_bench, fill and read, 2 threads", 1.03, "db_bench", 50000, lambda _, n: [
        "db_bench", "--benchmarks=fillrandom,readrandom", "--threads=2", f"--num={n}", "--db=db"]),
]


def measure(bench, library, programs, times):
    """Rows into a table of `bench`, which knows what is wanted."""
    programs = os.path.realpath(programs)
    table = bench.table("seconds of CPU time", "plain", "watched", "ratio")
    for each in PROGRAMS:
        if not bench.wanted(each.name):
            continue
        size = max(each.size // 1000, 8) if bench.quick else each.size
        if each.needs and "." not in each.needs and not shutil.which(each.needs):
            print(f"{each.name}: skipped, {each.needs} is not installed", file=sys.stderr)
            continue
        plain, watched = bench.environment(""), bench.environment(library)
        if each.seconds(programs, plain, size) is None or each.seconds(programs, watched, size) is None:
            print(f"{each.name}: skipped, {each.needs} is not installed", file=sys.stderr)
            continue
        pairs = []
        for turn in range(times):
            sides = [(0, plain), (1, watched)]
            took = dict((side, each.seconds(programs, env, size)) for side, env in (sides if turn % 2 else sides[::-1]))
            pairs.append((took[0], took[1]))
        table.paired(each.name, pairs, each.bound)
