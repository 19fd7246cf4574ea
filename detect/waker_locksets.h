/*
 * What those that have woken the waiters of a lock so far acquire on their way there: the lockset of each waker (after
 * S. Savage et al., "Eraser: A Dynamic Data Race Detector for Multithreaded Programs", ACM TOCS 15(4), 1997, with a
 * waker in the place of a variable). From this follows whether anyone can come while a given lock is held. Read from
 * the table of wakes, which preload/wait/wakers.c writes; the number of steps is bounded.
 */
#ifndef LOCKWATCH_DETECT_WAKER_LOCKSETS_H
#define LOCKWATCH_DETECT_WAKER_LOCKSETS_H

#include "detect/epochs.h"

/* The wakes of a lock, newest first; the record may lead in circles. */
struct wake_walk {
    const struct record *record;
    uint32_t lock, next, steps;
    uint32_t id;               /* wake: the last one given */
    const struct epoch *epoch; /* of the last one given; NULL: it is not known which thread it was */
};

struct wake_walk wake_walk_begin(const struct record *r, uint32_t lock);
const struct wake *wake_walk_next(struct wake_walk *w);

/* The lock that is awaited at a hold; NULL: it is no wait while holding another lock, or nothing can be said of who may
 * end it. Units of a semaphore that turned out to be a signal were waited for, and no thread holds them. */
const struct lock *wake_awaited(const struct record *r, const struct hold *h);

/* The thread of a wake as a side: it wants `lock`, which it acquires on its way (`how`: enum wake_how). */
struct side wake_side(const struct record *r, const struct wake *w, uint32_t lock, uint32_t how);

/* Whether it acquires the lock each time, in a mode that a holder (`shared`: a reader) excludes: 0, or enum wake_how
 * and one bit more. */
uint32_t wake_needs(const struct record *r, const struct wake *w, uint32_t lock, bool shared);

/* A wait for `lock` by the thread with this serial, in this epoch of its life, while it holds another lock. */
struct held_wait {
    uint32_t lock, held, serial, epoch;
    bool shared;     /* holds it as a reader */
    bool through;    /* the lock is another thread's, and `held` what that one holds: more has to speak for it */
    uint32_t joined; /* hold: of a join, only those threads count that were joined while this was held; 0: all */
};

/* The known wakers of a wait, each thread once. */
struct known_wakers {
    unsigned others;      /* threads but the one that waits … */
    unsigned needing;     /* … that need the lock that it holds, every time … */
    unsigned overlapping; /* … and live while it waits */
    bool own, own_needs;  /* the thread that waits has woken others there, too */
    bool circulates;      /* units go round: some threads acquire as well as post them */
    bool unknown;         /* nothing can be said, or one of them does not need the lock */
};

/* *steps is counted up, and when there are too many nothing can be said. */
struct known_wakers known_wakers_of(struct epochs *e, const struct held_wait *w, uint64_t *steps);

/* Whether too few can come to end the wait while the lock is held. */
bool known_wakers_are_blocked(const struct lock *awaited, const struct known_wakers *k);

#endif
