#!/usr/bin/python3
# Two connections for two workers, each of which needs both for a moment, and acquires one after the other: each gets one
# and waits for ever. Fixed: a lock around acquiring both.
#
# where: (3, 11) <= python < (3, 15)
# expect-faulty: deadlock error certain threads=3
# expect-fixed: none
# stderr-has-faulty: copy at semaphore_permits.py:26
import contextlib
import sys
import threading

FAULTY = sys.argv[1:] == ["faulty"]
connections = threading.Semaphore(2)
both = contextlib.nullcontext() if FAULTY else threading.Lock()
meet = threading.Barrier(2)
copied = []


def copy(number):
    meet.wait()
    with both:
        connections.acquire()
        if FAULTY:
            meet.wait()
        connections.acquire()
    copied.append(number)
    connections.release(2)


threads = [threading.Thread(target=copy, args=(number,)) for number in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(copied))
