"""Threads that have called acquire(), without a block: tests/scripts/attach_python. An argument says how. Each function of
a thread has the name that the script knows it by."""
import sys
import threading


class Vault:
    door = threading.Lock()


class Bolted(Vault):
    pass


class Account(Bolted):
    shared = threading.RLock()
    gate = threading.Lock()

    def __init__(self):
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)


class Bank:
    def __init__(self):
        self.account = Account()
        self.locks = [threading.Lock(), threading.Lock()]


bank, other = Bank(), Account()
table = {"x": threading.Lock()}
done = threading.Lock()
met = threading.Condition(threading.Lock())
never = threading.Lock()
held = threading.Barrier(2)


def stand():
    never.acquire()


def attribute():
    bank.account.lock.acquire()
    try:
        held.wait()
        other.lock.acquire()
        other.lock.release()
    finally:
        bank.account.lock.release()


def parameter(account=other):
    account.lock.acquire()
    held.wait()
    if account is not None:
        with bank.account.lock:
            pass
    account.lock.release()


def item():
    first = bank.locks[0]
    first.acquire()
    held.wait()
    table["x"].acquire()
    first.release()


def value():
    second = table["x"]
    second.acquire()
    held.wait()
    bank.locks[0].acquire()
    second.release()


def local_locks():
    mine = threading.Lock()
    table["mine"] = threading.Lock()

    def enclosed():
        mine.acquire()
        held.wait()
        table["mine"].acquire()
        mine.release()

    def boxed():
        second = table["mine"]
        second.acquire()
        held.wait()
        mine.acquire()
        second.release()

    return run([enclosed, boxed])


def owner():
    Account.shared.acquire()
    held.wait()
    met.acquire()
    Account.shared.release()


def condition():
    met.acquire()
    held.wait()
    with Account.shared:
        pass
    met.release()


def own_class():
    other.gate.acquire()
    held.wait()
    other.door.acquire()
    other.gate.release()


def base_class():
    other.door.acquire()
    held.wait()
    other.gate.acquire()
    other.door.release()


def in_condition():
    with met:
        held.wait()
        other.lock.acquire()


def want_condition():
    other.lock.acquire()
    held.wait()
    with met:
        pass
    other.lock.release()


def handed():
    """It awaits another thread to release it."""
    done.acquire()
    held.wait()
    done.acquire()
    done.release()


def hands():
    held.wait()
    stand()


def early():
    """It may have released it, by a line between."""
    table["x"].acquire()
    first = bank.locks[0]
    first.acquire()
    if len(sys.argv) > 0:
        first.release()
    held.wait()
    stand()
    first.release()


def want_early():
    held.wait()
    bank.locks[0].acquire()
    stand()


def closed():
    """That it stands in a function which has acquired it, in another branch, says nothing."""
    if len(sys.argv) > 10:
        other.lock.acquire()
    held.wait()
    stand()
    other.lock.release()


def want_closed():
    other.lock.acquire()
    held.wait()
    stand()


def wanter():
    for lock in [bank.locks[0], other.lock]:
        lock.acquire()


def run(functions):
    threads = [threading.Thread(target=function, name=function.__name__, daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    return threads


PROGRAMS = {
    "attributes": [attribute, parameter],
    "items": [item, value],
    "owners": [owner, condition],
    "classes": [own_class, base_class],
    "conditions": [in_condition, want_condition],
    "handed": [handed, hands],
    "early": [early, want_early, wanter],
    "closed": [closed, want_closed, wanter],
}
never.acquire()
threads = local_locks() if sys.argv[1] == "locals" else run(PROGRAMS[sys.argv[1]])
print("ready", flush=True)
threads[0].join() if "join" in sys.argv else sys.stdin.read()
