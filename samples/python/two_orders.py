#!/usr/bin/python3
# Two accounts, a lock each. A transfer acquires the lock of the account that it takes from, then that of the other. Two
# transfers in opposite directions each hold one and wait for the other. Fixed: always the lower number first.
#
# where: (3, 11) <= python < (3, 13)
# expect-faulty: deadlock error certain threads=2
# expect-fixed: none
# stderr-has-faulty: #0 transfer at two_orders.py:31
# stderr-has-faulty: acquired at: #0 transfer at two_orders.py:28
# stderr-has-faulty: a.lock is the semaphore created in Account.__init__ at two_orders.py:21
# json-faulty: all(t["waits"]["stack"][0]["function"] == "transfer" for t in f["threads"])
import sys
import threading

FAULTY = sys.argv[1:] == ["faulty"]


class Account:
    def __init__(self, number, money):
        self.number, self.money = number, money
        self.lock = threading.Lock()


def transfer(source, target, amount):
    first, second = source, target
    if not FAULTY:
        first, second = sorted((source, target), key=lambda account: account.number)
    with first.lock:
        if FAULTY:
            both.wait()
        with second.lock:
            source.money -= amount
            target.money += amount


both = threading.Barrier(2)
a, b = Account(1, 100), Account(2, 100)
threads = [threading.Thread(target=transfer, args=(a, b, 10)), threading.Thread(target=transfer, args=(b, a, 20))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(a.money, b.money)
