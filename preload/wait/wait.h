/*
 * A thread is about to block: it says what it wants, looks whether that can ever end, and then blocks.
 *
 * The order is what makes the last thread of a cycle see all of it: say it, with a full barrier, then look, then sleep.
 * A cycle of owners shows at the first look and is reported at once. What needs more than a look is judged a little
 * later, by preload/wait/recheck.h: cutting the wait into pieces with time-outs would be seen, as a semaphore's wait
 * with a time-out is not begun again after a signal, and a condition's may miss one.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_WAIT_H
#define LOCKWATCH_PRELOAD_WAIT_WAIT_H

#include "preload/os/self.h"
#include "preload/wait/recheck.h"

struct waiting;

struct wait {
    uint64_t address;
    uint16_t kind;   /* enum lock_kind */
    uint16_t how;    /* enum want_how */
    uint32_t thread; /* of a join: whom for */
    uint32_t traits; /* of the lock, for one that has no id yet */
    uint32_t value;
    uint64_t cond_mutex;  /* of a condition: its mutex */
    uint64_t site, frame; /* of the call, as in stack_of_call */

    /* The call that blocks, and what it gives: 0 or an error number. */
    int (*call)(void *argument);
    void *argument;

    struct waiting **under_way; /* NULL, or where to leave what wait_over_early takes */
};

/*
 * Block: say what is wanted, look whether it can ever come, call, and say that it is over, also when the thread is
 * cancelled meanwhile. Gives what the call gave; errno is left alone. While it blocks, what a signal handler does is
 * watched.
 */
int wait_run(const struct wait *w) HIDDEN;

/*
 * A wait is over before its call returns: the routine of a pthread_once is about to run. From within that call. NULL:
 * there was none.
 */
void wait_over_early(struct waiting *x) HIDDEN;

/* Look on behalf of those who wait: what recheck_look is set to. */
enum recheck_looked wait_look_for_others(void) HIDDEN;

/* In the child of a fork. */
void wait_reset(void) HIDDEN;

#endif
