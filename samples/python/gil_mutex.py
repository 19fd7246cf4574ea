#!/usr/bin/python3
# A thread locks a mutex of C and then needs the interpreter's lock (GIL) to go on; another one waits for the mutex and
# keeps that lock meanwhile, as an extension does that does not release it around a call that may block. Fixed: it is
# released (CDLL instead of PyDLL; in C, Py_BEGIN_ALLOW_THREADS).
#
# where: (3, 11) <= python < (3, 15)
# expect-faulty: deadlock error certain threads=2 locks=GIL,mutex
# expect-fixed: none
# stderr-has-faulty: interpreter lock GIL
# stderr-has-faulty: #0 own at gil_mutex.py:26
# stderr-has-faulty: #0 need at gil_mutex.py:32
# json-faulty: {lock["kind"] for lock in f["locks"]} >= {"gil", "mutex"}
import ctypes
import sys
import threading

mutex = ctypes.create_string_buffer(40)  # PTHREAD_MUTEX_INITIALIZER
c = ctypes.CDLL(None)
careless = ctypes.PyDLL(None) if sys.argv[1:] == ["faulty"] else c
locked = threading.Event()


def own():
    c.pthread_mutex_lock(mutex)
    locked.set()
    c.usleep(200000)  # back from here it needs the interpreter's lock
    c.pthread_mutex_unlock(mutex)


def need():
    locked.wait()
    careless.pthread_mutex_lock(mutex)
    c.pthread_mutex_unlock(mutex)


threads = [threading.Thread(target=own), threading.Thread(target=need)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
