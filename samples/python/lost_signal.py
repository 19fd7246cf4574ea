#!/usr/bin/python3
# A thread waits until another one has loaded the data. It looks before it has the lock, and waits without looking again:
# the signal in between is lost. Fixed: it looks while it has the lock.
#
# where: (3, 11) <= python < (3, 15)
# expect-faulty: deadlock error certain threads=2
# expect-fixed: none
# stderr-has-faulty: #0 use at lost_signal.py:35
import sys
import threading

FAULTY = sys.argv[1:] == ["faulty"]
loaded = []
changed = threading.Condition()
looked = threading.Event()
signalled = threading.Event()


def load():
    looked.wait()
    with changed:
        loaded.append(42)
        changed.notify()
    signalled.set()


def use():
    missing = not loaded
    looked.set()
    if FAULTY:
        signalled.wait()
    with changed:
        if FAULTY:
            if missing:
                changed.wait()
        else:
            changed.wait_for(lambda: loaded)


threads = [threading.Thread(target=load), threading.Thread(target=use)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(loaded)
