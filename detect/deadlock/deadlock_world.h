/*
 * What deadlocks are judged from: a record, and what only a live process can tell beside it. Every member but `record`
 * may be NULL: then the record alone decides.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_DEADLOCK_WORLD_H
#define LOCKWATCH_DETECT_DEADLOCK_DEADLOCK_WORLD_H

#include "record/table.h"

/*
 * Who posted the semaphores, or signalled the conditions, that were initialised at one place before another one there.
 */
struct site_history {
    const struct post *post;
    uint32_t posts;
    uint32_t objects; /* so many were posted */
    uint32_t settled; /* threads with a serial up to this were there while the last ones were */
};

struct deadlock_world {
    const struct record *record;

    /*
     * The kernel's id of the thread that owns a mutex, by the owner field that glibc keeps in it; 0: it has no owner,
     * or that cannot be said. Used by first_look_from alone, which would have to search all threads without it.
     */
    uint32_t (*owner)(const struct want *want);

    /* The id of the thread that the kernel calls `tid`; 0: none. Goes with `owner`. */
    uint32_t (*thread)(uint32_t tid);

    /* The kernel's id of the thread that has locked a mutex, if this process does not have it any more; 0: it has. */
    uint32_t (*owner_gone)(const struct lock *lock);

    /* The id of the thread that has locked a file, a stream, or a mutex of libc's own; 0: none, or it cannot be said.
     */
    uint32_t (*file_owner)(const struct lock *lock);

    /* Whether a lock that is declared process-shared lies in memory that no other process can reach. */
    bool (*own_memory)(const struct lock *lock);

    /* How many threads wait at a condition inside libc. False: cannot be said. */
    bool (*inside)(const struct lock *lock, uint32_t *count);

    /* Whether a thread that waits at a condition was woken there and now waits for its mutex. Asked where fewer are
     * inside libc than the record has waiting. */
    bool (*relocks)(const struct thread *t, const struct want *want);

    /* Whether a semaphore has a unit, or a condition a signal, that a waiter is about to consume. */
    bool (*pending)(const struct want *want);

    /* How many readers a reader-writer lock has by its own account. False: cannot be said. */
    bool (*readers)(const struct lock *lock, uint32_t *count);

    /*
     * The value of a semaphore, and how many threads wait for it inside libc. False: cannot be said. A thread that was
     * granted a unit, but has not recorded it yet, shows in these numbers.
     */
    bool (*semaphore)(const struct lock *lock, uint32_t *value, uint32_t *waiting);

    /*
     * Whether a thread that runs never had anything to do with one that waits, as far as can be said: it did not
     * initialise what that waits for, shares no lock with it, and neither created the other, unless both have a serial
     * up to `settled`. NULL: cannot be said.
     */
    bool (*apart)(uint32_t runner, uint32_t waiter, uint32_t settled);

    /*
     * What a thread waits for that by its own record runs, or waits with a time-out; false: for nothing. And the path
     * of what it holds.
     */
    bool (*derived)(uint32_t thread, struct want *want);
    uint32_t (*path)(uint32_t thread);

    /* The history of what nobody has posted so far, but others before it. False: there is none. Goes with `apart`. */
    bool (*history)(const struct lock *lock, struct site_history *h);

    /* Whether the function that made the call of the stack `wakes` is under way on the stack `waits`, further out than
     * the function that waits. NULL: cannot be said. */
    bool (*within)(uint32_t wakes, uint32_t waits);

    /* Leave header.other_wakers out of account: cheap to ask first, as finding out about them is not. */
    bool alone;

    uint32_t *hint; /* for first_look_from: a thread that was seen running; may be NULL */

    /* Address of the semaphore that the calling thread has recorded as wanted, but does not wait for yet; 0: none. */
    uint64_t outside;
};

#endif
