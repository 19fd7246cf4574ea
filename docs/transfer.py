"""Two transfers in opposite directions deadlock: docs/python.md."""
import threading
import time


class Account:
    def __init__(self, money):
        self.money = money
        self.lock = threading.Lock()


def transfer(source, target, amount):
    with source.lock:
        time.sleep(0.1)
        with target.lock:
            source.money -= amount
            target.money += amount


a, b = Account(100), Account(100)
threads = [threading.Thread(target=transfer, args=(a, b, 10)),
           threading.Thread(target=transfer, args=(b, a, 20))]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(a.money, b.money)
