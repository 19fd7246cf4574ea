/*
 * The locks of Python's threading in a target: which object has a semaphore, what the program calls it, and who holds
 * it, which the semaphore does not know.
 *
 * Objects are sought where threads stand: in the variables and on the value stack of each of their frames, and where
 * the global variables of these lead to. An RLock names its owner. A Lock is held by who stands in a block `with
 * lock:`, as the compiler's table of exceptions says how much of a value stack is in use at an instruction, and as long
 * as the block is open that has the lock's own __exit__: unless a further frame is in Condition.wait, which releases it
 * meanwhile, or two threads stand in such a block. Likewise by who has called acquire(), as far as the source says so
 * (python_acquired.h), if it has not been written to since the process began.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_PYTHON_LOCKS_H
#define LOCKWATCH_ANALYZER_ATTACH_PYTHON_LOCKS_H

#include "analyzer/attach/interpreter.h"

struct python_lock {
    uint64_t object, semaphore;
    bool recursive;               /* an RLock */
    bool byte;                    /* a byte of the object, since 3.13.1, at `semaphore`; its waiters have one each */
    bool disputed;                /* two threads stand in a block of it */
    bool called;                  /* its owner has called acquire(), perhaps */
    uint32_t owner;               /* tid; 0: nobody, or it is not known */
    struct python_frame acquired; /* where its owner did so; code 0: not known */
    char name[128];               /* "": none is known */
};

struct python_locks {
    struct python_lock *lock;
    size_t count;
};

/* No memory, or no interpreter: none. Free in any case. */
void python_locks_read(struct python_locks *all, const struct interpreter *i);
void python_locks_free(struct python_locks *all);

/* NULL: none is known that has this semaphore, or this waiter. */
const struct python_lock *python_locks_find(const struct python_locks *all, uint64_t semaphore);
const struct python_lock *python_locks_awaited(const struct python_locks *all, struct target *t, uint64_t semaphore);

bool python_lock_is_locked(const struct python_lock *lock, struct target *t);

/* The frames of Python code where its owner acquired it, as interpreter_frames has them; 0: not known. */
unsigned python_locks_frames(const struct python_lock *lock, const struct interpreter *i, struct record *r,
                             uint64_t *to, unsigned room);

#endif
