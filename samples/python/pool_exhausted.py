#!/usr/bin/python3
# Tasks of a thread pool submit a task each and wait for its result. As soon as there are as many of them as threads, no
# thread is left for what they wait for. Fixed: a pool of its own for the inner tasks.
#
# where: (3, 11) <= python < (3, 15)
# expect-faulty: deadlock error certain threads=3
# expect-fixed: none
# stderr-has-faulty: #0 <genexpr> at pool_exhausted.py:21
import concurrent.futures
import sys
import threading

FAULTY = sys.argv[1:] == ["faulty"]
outer = concurrent.futures.ThreadPoolExecutor(2)
inner = outer if FAULTY else concurrent.futures.ThreadPoolExecutor(2)
meet = threading.Barrier(2)


def page(number):
    meet.wait()
    return sum(inner.submit(pow, number, 2).result() for _ in range(2))


print([future.result() for future in [outer.submit(page, number) for number in range(2)]])
