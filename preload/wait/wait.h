/*
 * A thread is about to block: it records what it wants, checks whether that wait can ever end, and blocks.
 *
 * The order makes the last thread of a cycle see all of it: record, with a full barrier, then look, then sleep. A cycle
 * of owners shows at this first look and is reported at once. What needs more is judged a little later, by
 * preload/wait/recheck.h. Waiting in pieces with time-outs instead would be visible to the program: a semaphore's wait
 * with a time-out is not restarted after a signal handler, and a condition's may miss a signal in between.
 *
 * Each thread writes its own slot only. Costs some 100 ns on the way to a wait, and a stack the first time.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_WAIT_H
#define LOCKWATCH_PRELOAD_WAIT_WAIT_H

#include "preload/misuse/misuse.h"
#include "preload/os/self.h"
#include "preload/wait/recheck.h"

struct wait_under_way;

struct wait {
    struct call call;    /* of a join: without an address */
    uint16_t how;        /* enum want_how */
    uint32_t thread;     /* of a join: which one it waits for */
    uint32_t traits;     /* of the lock, in case that it has no id yet */
    uint64_t cond_mutex; /* of a condition: its mutex */

    /* The real call. Returns 0 or an error number. */
    int (*block)(void *argument);
    void *argument;

    struct wait_under_way **under_way; /* NULL, or where to leave what wait_over_early takes */
};

/*
 * All of it: record, look, block, and record that the wait is over, also when the thread is cancelled meanwhile.
 * Returns what the call returned, and leaves errno as it was before. Signal handlers are watched while it blocks.
 */
int wait_run(const struct wait *w) HIDDEN;

/*
 * A wait that the program announces, and that is no call: record and look. Until wait_announced_over for the same
 * address, which must come, the thread is not watched; for another address that does nothing. From a wrapper.
 */
void wait_announce(const struct wait *w) HIDDEN;
void wait_announced_over(uint64_t address) HIDDEN;

/* From within the call that blocks: the wait is over before that returns, as the routine of a pthread_once is about to
 * run. NULL: it did not wait. */
void wait_over_early(struct wait_under_way *x) HIDDEN;

/*
 * From within the call that blocks: the thread has waited for long, and the kernel was asked what the others do. Judge
 * if any of them waits inside libc; no thread that rechecks is needed for it, and perhaps none can be made. Request a
 * recheck if it may become a stall.
 */
void wait_look_again(void) HIDDEN;

/* The process is about to end: what was reported of waits that stand no more is taken back. */
void wait_review(void) HIDDEN;

/* Judge on behalf of the threads that wait: what recheck_look is set to. */
enum recheck_looked wait_look_for_others(void) HIDDEN;

#endif
