#!/usr/bin/env python3
"""Counts what watching adds in instructions: bench/counts.py [BUILD [PART-OF-A-NAME...]]

valgrind counts the rows of bench/cases.h at two lengths; the difference of the two is taken, so that nothing done once
is in it. The numbers repeat exactly. Prints one line a row: added instructions, bound, name.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile


class Count:
    """Instructions for one pair of a row; the bound is of what is added, 0 for none."""

    def __init__(self, plain, watched, bound):
        self.plain, self.watched, self.bound = plain, watched, bound
        self.added = watched - plain


def possible():
    return shutil.which("valgrind") is not None


def totals(program, library, parts, folder):
    """The rows (pairs, bound, name), and for each the instructions of few rounds and of many."""
    out = os.path.join(folder, "out")
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--zero-before=count_rounds",
         "--dump-after=count_rounds", program, *parts],
        env=os.environ | {"LD_PRELOAD": library, "LOCKWATCH_OPTIONS": f"dir={folder}"},
        capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"{program} under valgrind:\n{run.stderr}")
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    dumped = []
    for number in range(1, 1 + 3 * len(rows)):
        with open(f"{out}.{number}", encoding="ascii") as file:
            dumped.append(int(re.search(r"^totals: (\d+)", file.read(), re.M)[1]))
    return rows, list(zip(dumped[1::3], dumped[2::3]))


def count(program, library, parts=()):
    """A Count for each name; plain and watched are counted at the same time."""
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as both:
        jobs = []
        for name, preloaded in ("plain", ""), ("watched", library):
            os.mkdir(os.path.join(folder, name))
            jobs.append(both.submit(totals, program, preloaded, parts, os.path.join(folder, name)))
        (rows, plain), (_, watched) = (job.result() for job in jobs)
    return {name: Count((p[1] - p[0]) / int(pairs), (w[1] - w[0]) / int(pairs), float(bound))
            for (pairs, bound, name), p, w in zip(rows, plain, watched)}


def at_start(program, library):
    """What watching adds to a program that does nothing: instructions of its whole life."""
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        for preloaded in "", library:
            run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program],
                                 env=os.environ | {"LD_PRELOAD": preloaded, "LOCKWATCH_OPTIONS": f"dir={folder}"},
                                 capture_output=True, text=True, check=True)
            taken.append(int(re.search(r"Collected *: *(\d+)", run.stderr)[1]))
    return taken[1] - taken[0]


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    for suffix in "", "_framed":
        counts = count(f"{build}/bench/count{suffix}", os.path.realpath(f"{build}/liblockwatch.so"), sys.argv[2:])
        for name, row in counts.items():
            bound = f"{row.bound:.0f}" if row.bound else "-"
            print(f"{row.added:8.1f} {bound:>5}  {name}{', frame pointers' if suffix else ''}")
    print(f"{at_start(f'{build}/bench/nothing', os.path.realpath(f'{build}/liblockwatch.so')):8.1f}        process start and end")


if __name__ == "__main__":
    main()
