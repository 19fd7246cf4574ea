#include "analyzer/render/kinds.h"

#include <stddef.h>
#include <string.h>

const struct kind_text kinds_all[] = {
    {"deadlock", "Deadlock", "error", "very-high", "Threads are blocked forever.",
     "Each of these threads waits for something that only another one of them could give, or that nobody is left to "
     "give. They can never go on.",
     "Acquire locks in one order everywhere, and wait for nothing while holding a lock that the waker needs."},
    {"lock-order", "LockOrder", "warning", "high", "Locks are acquired in contradictory orders.",
     "Threads of this run acquired the same locks in orders that could have closed a cycle. In another schedule they "
     "wait for each other forever.",
     "Decide on one order for these locks and acquire them in it everywhere, or acquire them at once "
     "(std::scoped_lock), or hold only one at a time."},
    {"wait-holding", "WaitHolding", "warning", "high", "A thread waits while holding a lock that its waker needs.",
     "A thread blocked on a semaphore, condition, barrier or join while it held a lock that every thread acquires "
     "first that ends such waits. In another schedule neither goes on.",
     "Release the lock before the wait, or let the waker do without it."},
    {"unlock-not-owner", "UnlockNotOwner", "warning", "very-high",
     "A lock is released by a thread that does not hold it.",
     "Another thread holds the lock and relies on it. The result is undefined, or an error that was not looked at.",
     "Release a lock in the thread that acquired it; use a semaphore to hand something over."},
    {"unlock-not-held", "UnlockNotHeld", "warning", "very-high", "A lock is released that no thread holds.",
     "The result is undefined: the lock may be open to two threads afterwards.",
     "Release a lock once for each time it was acquired."},
    {"destroy-in-use", "DestroyInUse", "warning", "very-high", "A lock is destroyed while it is held or waited for.",
     "The result is undefined for the threads that use it.", "Let all threads that use it end before it is destroyed."},
    {"init-in-use", "InitInUse", "warning", "very-high", "A lock is initialised while it is held or waited for.",
     "It is open afterwards, though a thread relies on holding it.", "Initialise a lock once, before it is used."},
    {"exit-holding", "ExitHolding", "warning", "very-high", "A thread ended while holding a lock.",
     "The lock stays locked: whoever wants it next waits forever.",
     "Release it on every way out, also on errors and cancellation."},
    {"cond-mutex-not-held", "CondMutexNotHeld", "warning", "very-high", "A condition is waited for without its mutex.",
     "The result is undefined, and a signal may be lost.", "Lock the mutex before the wait."},
    {"cond-two-mutexes", "CondTwoMutexes", "warning", "very-high",
     "A condition is waited for with two mutexes at the same time.", "POSIX leaves the result undefined.",
     "Use one mutex for all waits on a condition."},
    {"relock", "Relock", "warning", "very-high", "A lock call was refused with EDEADLK.",
     "The thread holds the lock already; of another type of lock it would wait for itself.",
     "Do not acquire it twice, or look at the result of the call."},
    {"stall", "Stall", "note", "medium", "Threads stand still.",
     "Nothing that can be proven to be a deadlock, but threads wait and nothing was seen to end that.",
     "See what each of them waits for, and who should end it."},
    {"starvation", "Starvation", "note", "high", "A thread was passed over many times.",
     "Others acquired the lock again and again while it waited.", "Hold the lock for less, or use a fair one."},
    {"long-hold", "LongHold", "note", "high", "A lock was held for long while others waited.",
     "The threads that wait stand still meanwhile.", "Do what takes long before or after holding the lock."},
    {"spin-blocked", "SpinBlocked", "note", "high", "A spinlock is held across a blocking call.",
     "Threads that want it burn processor time until the call returns.",
     "Use a mutex, or release the spinlock before the call."},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};

unsigned kinds_find(const char *kind)
{
    unsigned i = 0;
    while (kinds_all[i + 1].kind != NULL && strcmp(kinds_all[i].kind, kind) != 0)
        i++;
    return i;
}
