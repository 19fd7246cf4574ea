/*
 * Who can wake whom: for each kind of wait, which threads can end it, how many of them that takes, and who else may.
 * This is the one place that says so. The first look at a thread that is about to block (deadlock/first_look.c), the
 * graph reduction (deadlock/requirements.c) and the judgement of waits while holding (wait_holding.c) read their rules
 * here: to change a rule, change its row; a new kind of wait is a new row.
 *
 * A wait that ends when one of several threads acts is an OR request, one that takes all of them an AND request (E.
 * Knapp, "Deadlock Detection in Distributed Databases", ACM Computing Surveys 19(4), 1987).
 */
#ifndef LOCKWATCH_DETECT_WAKE_RULES_H
#define LOCKWATCH_DETECT_WAKE_RULES_H

#include "record/layout.h"

#include <stdbool.h>

/* Which threads can end a wait: bits. */
enum wakers {
    WAKERS_HOLD = 1,   /* that hold what is wanted, in a mode that excludes the waiter */
    WAKERS_QUEUE = 2,  /* that wait there to write, and come first */
    WAKERS_POST = 4,   /* that posted, signalled or arrived there before */
    WAKERS_JOINED = 8, /* the one that is joined */
    WAKERS_LEAVE = 16, /* that wait there: whoever destroys the object waits for them */
    WAKERS_FILE = 64,  /* that has locked the file, by the process's own word */
    WAKERS_ANY = 32,   /* it may be any thread, whatever was seen so far */
};

/* How many of them it takes. */
enum wake_quorum {
    QUORUM_ONE,
    QUORUM_ALL,
    QUORUM_MISSING, /* as many as a barrier still lacks */
};

/* Who may end a wait without being a thread of the record: bits. */
enum wake_outside {
    OUTSIDE_HANDLER = OTHER_WAKER_HANDLER,        /* a signal handler of the program */
    OUTSIDE_FOREIGN = OTHER_WAKER_FOREIGN_THREAD, /* a thread that lockwatch does not know */
    OUTSIDE_PROCESS = 4,                          /* another process, if the object is shared between processes */
    OUTSIDE_UNLOCKS = 8, /* likewise, but only where libc lets it unlock what a thread of this process holds */
};

struct wake_rule {
    uint8_t wakers; /* enum wakers */
    uint8_t quorum; /* enum wake_quorum */

    /* Whether any other thread may end the wait as well, for all that is certain. While no waker is known it may be
     * any thread; else a wait without known wakers is about to end. */
    bool anyone;

    uint8_t outside;         /* enum wake_outside: who may end it, for all that is certain */
    uint8_t outside_unknown; /* who may, by what was seen so far, while no waker is known */
    uint8_t outside_known;   /* likewise, although wakers are known */
    bool unlisted_free; /* of more wakers than the record lists (TRAIT_WAKER_UNKNOWN) one may always be about to come */
    bool cancellable;   /* a cancellation point (POSIX 2.9.5) */
};

/*
 * The rule for a wait on an object of this kind (enum lock_kind) with these traits (enum lock_trait). `shared`: it
 * wants to read, or, of a condition or barrier, to destroy it. A condition's mutex is a wait of its own.
 */
const struct wake_rule *wake_rule(uint16_t kind, bool shared, uint32_t traits);

#endif
