#!/usr/bin/python3
# A worker takes items from a queue; the producer waits until all of them are done. One item is skipped, and nobody says
# that it is done. Fixed: task_done also for that one.
#
# where: (3, 11) <= python < (3, 15)
# expect-faulty: deadlock error certain threads=2
# expect-fixed: none
# stderr-has-faulty: #0 <module> at queue_task_done.py:33
# stderr-has-faulty: #0 work at queue_task_done.py:21
import queue
import sys
import threading

FAULTY = sys.argv[1:] == ["faulty"]
jobs = queue.Queue()
results = []


def work():
    while True:
        job = jobs.get()
        if job < 0:
            if not FAULTY:
                jobs.task_done()
            continue
        results.append(job * job)
        jobs.task_done()


threading.Thread(target=work, daemon=True).start()
for number in 1, 2, -3, 4:
    jobs.put(number)
jobs.join()
print(results)
