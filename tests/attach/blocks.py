"""Threads that stand, in ways that a look from outside must tell apart: tests/scripts/attach_python. An argument says
which. Each function of a thread has the name that the script knows it by."""
import signal
import sys
import threading
import time

a_lock, b_lock, c_lock = threading.Lock(), threading.Lock(), threading.Lock()
owned = threading.RLock()
never = threading.Lock()
held = threading.Barrier(2)
got = []  # a_lock, by the second thread


def stand():
    never.acquire()


def first():
    with a_lock:
        held.wait()
        with b_lock:
            pass


def second():
    with b_lock:
        held.wait()
        try:
            raise ValueError
        except ValueError:
            a_lock.acquire()
        with c_lock:
            pass


def own_first():
    with owned:
        with owned, a_lock:
            held.wait()
            b_lock.acquire()


def own_second():
    b_lock.acquire()
    held.wait()
    with owned:
        pass


def signalled():
    """It has released a_lock, though it stands in a block of it."""
    with c_lock:
        with a_lock:
            changed = threading.Condition(a_lock)
            held.wait()
            changed.wait()


def getter():
    held.wait()
    a_lock.acquire()
    got.append(a_lock)
    with c_lock:
        pass


def releaser():
    """Likewise, by itself."""
    with a_lock:
        a_lock.release()
        held.wait()
        stand()


def blocked():
    held.wait()
    with a_lock:
        got.append(a_lock)
        stand()


def left():
    """It has left a block of a_lock, and stands behind that."""
    with a_lock:
        pass
    held.wait()
    stand()


def acquired():
    held.wait()
    a_lock.acquire()
    got.append(a_lock)
    stand()


def wanter():
    a_lock.acquire()


PROGRAMS = {
    "orders": [first, second],
    "owned": [own_first, own_second],
    "condition": [signalled, getter, wanter],
    "released": [releaser, blocked, wanter],
    "left": [left, acquired, wanter],
}
how, *more = sys.argv[1:]
if "handled" in more:
    signal.signal(signal.SIGTERM, lambda *_: None)
never.acquire()
threads = [threading.Thread(target=run, name=run.__name__, daemon=True) for run in PROGRAMS[how]]
for thread in threads[:2]:
    thread.start()
while "beside" not in more and how not in ("orders", "owned") and not got:
    time.sleep(0.001)
for thread in threads[2:]:
    thread.start()
print("ready", flush=True)
if "beside" in more:
    sys.stdin.read()
elif "idle" in more:
    threading.Event().wait()
else:
    threads[0].join()
