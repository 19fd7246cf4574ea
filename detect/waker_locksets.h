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
    const struct epoch *epoch; /* of the last one given; NULL: it is not known which thread it was */
};

struct wake_walk wake_walk_begin(const struct record *r, uint32_t lock);
const struct wake *wake_walk_next(struct wake_walk *w);

/* Whether it acquires the lock each time, in a mode that a holder (`shared`: a reader) excludes: 0, or enum wake_how
 * and one bit more. */
uint32_t wake_needs(const struct record *r, const struct wake *w, uint32_t lock, bool shared);

/* A wait for `lock` by the thread with this serial, in this epoch of its life, while it holds another lock. */
struct held_wait {
    uint32_t lock, held, serial, epoch;
    bool shared; /* holds it as a reader */
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
