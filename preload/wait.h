/*
 * A thread is about to block: it says what it wants, looks whether that can ever end, and then blocks.
 *
 * The order is what makes the last thread of a ring see all of it: say it, with a full barrier, then look, then sleep. A
 * ring of owners shows at the first look and is reported at once. What needs more than a look (semaphores, whose holders
 * must be searched) is judged when the thread has waited for a while: its first waits have a time-out of ours.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_H
#define LOCKWATCH_PRELOAD_WAIT_H

#include "preload/self.h"
#include "record/table.h"

/* A wait of the calling thread, on its stack. */
struct wait {
    struct thread *thread; /* NULL: not watched, block and be done */
    struct want before;    /* what it wanted already: a handler that blocks interrupted a thread that is blocked */
    bool nested;
    bool timed;
    unsigned looks; /* how often it has looked, while it waited */
    int error;      /* errno before */
};

struct wait_for {
    uint64_t address;
    uint16_t kind; /* enum lock_kind */
    uint16_t how;  /* enum want_how */
    uint32_t thread; /* of a join: whom for */
    uint32_t traits; /* of the lock, for one that has no id yet */
    uint64_t site, frame; /* of the call, as in stack_of_call */
};

/*
 * Say what is wanted. The door stays open: what a signal handler does while the thread is blocked is watched. Then
 * wait_look, when the wait has no time-out.
 */
void wait_begin(struct wait *w, const struct wait_for *what) HIDDEN;

/*
 * Look before blocking, and report what is seen. False: block for as long as it takes. True: block for at most
 * wait_patience, and if that runs out, ask again with wait_look_again.
 */
bool wait_look(struct wait *w) HIDDEN;
struct timespec wait_patience(const struct wait *w, clockid_t clock) HIDDEN;
bool wait_look_again(struct wait *w) HIDDEN;

/* It goes on, whether it got what it wanted or not. errno is as it was before, unless `keep_errno`. */
void wait_end(struct wait *w, bool keep_errno) HIDDEN;

/* For pthread_cleanup_push: the thread was cancelled while it waited. */
void wait_cancelled(void *wait) HIDDEN;

/* A thread has ended: look on behalf of those who wait. Inside the library only. */
void wait_look_for_others(void) HIDDEN;

/* In the child of a fork. */
void wait_reset(void) HIDDEN;

#endif
