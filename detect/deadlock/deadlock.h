/*
 * Who can never go on. Judged over what the threads of a record hold and want, by graph reduction (R. C. Holt, "Some
 * Deadlock Properties of Computer Systems", Computing Surveys 4(3), 1972): take all threads that are blocked without a
 * time-out, strike each that somebody outside may still wake, until nothing changes. What remains is deadlocked.
 *
 * The record may be that of a live process, with threads that run on: then the answer is of no moment in particular,
 * and the caller must have it confirmed (deadlock_stood_still) before it tells anyone.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_DEADLOCK_H
#define LOCKWATCH_DETECT_DEADLOCK_DEADLOCK_H

#include "detect/finding.h"

/* What only a live process can tell. Every member but `record` may be NULL: then the record alone decides. */
struct deadlock_world {
    const struct record *record;

    /*
     * The kernel's id of the thread that owns a mutex, 0 when nobody does or it cannot be said: the owner field that
     * glibc keeps in the mutex. Used by deadlock_look alone, which would have to search everybody's holds without it.
     */
    uint32_t (*owner)(const struct want *want);

    /* The id of the thread that the kernel calls `tid`; 0: none. Goes with `owner`. */
    uint32_t (*thread)(uint32_t tid);

    /* Whether a mutex is locked by a thread that is not of this process any more. */
    bool (*owner_gone)(const struct lock *lock);

    /* Whether a lock that may be shared lies in memory that is not, so that no other process can get at it. */
    bool (*own_memory)(const struct lock *lock);

    /*
     * Whether a thread that waits at a condition was woken there and now waits for its mutex. Asked for those of a
     * condition that has fewer waiters inside libc, `inside`, than have said that they wait.
     */
    bool (*inside)(const struct lock *lock, uint32_t *count);
    bool (*relocks)(const struct thread *t, const struct want *want);

    /* Whether a semaphore has a unit, or a condition a signal, that somebody who waits is about to take. */
    bool (*pending)(const struct want *want);

    /* How many readers a reader-writer lock has by its own account. False: cannot be said. */
    bool (*readers)(const struct lock *lock, uint32_t *count);

    /*
     * How a semaphore stands: its value, and how many threads wait for it inside libc. False: cannot be said. A thread
     * that was granted a unit, but has not yet said so in its record, shows in these numbers.
     */
    bool (*semaphore)(const struct lock *lock, uint32_t *value, uint32_t *waiting);

    /* Leave header.other_wakers out of account: cheap to ask first, as finding out about them is not. */
    bool alone;

    uint32_t *hint; /* for deadlock_look: a thread that was seen running; may be NULL */

    uint64_t
        outside; /* address of the semaphore that the asking thread has said to want, but does not yet wait for; or 0 */
};

/*
 * Cheap first look, for a thread that is about to block: follow the owners of mutexes, the targets of joins, and those
 * who posted or signalled so far, from `start` on. FREE: somebody at the end of the chain runs. RING: it ends in itself
 * or in a thread that ended. DEEPER: only deadlock_judge can tell. Allocates nothing.
 */
enum deadlock_look { WAITS_FREE, WAITS_RING, WAITS_DEEPER };
enum deadlock_look deadlock_look(const struct deadlock_world *w, uint32_t start);

/*
 * Judge all threads. Calls `found` once a deadlock, with a finding that lives until `found` returns; stops early when
 * it returns false. Gives the number found. Takes memory from mmap, in proportion to the threads and what they hold;
 * when there is none it finds nothing.
 */
typedef bool deadlock_found(void *context, const struct finding *f);
unsigned deadlock_judge(const struct deadlock_world *w, deadlock_found *found, void *context);

/*
 * Whether every side of a finding still waits as it did, and no semaphore has a unit under way to one of them: then all
 * of it stood at one moment, that of this call.
 */
bool deadlock_stood_still(const struct deadlock_world *w, const struct finding *f);

#endif
