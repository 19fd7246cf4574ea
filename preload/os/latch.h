/*
 * The library's one lock: it serialises appending to the tables of the record and to the indexes over them. Nobody who
 * only looks takes it. While it is held the program's signals wait, so that neither a handler nor a cancellation can
 * come in between; hence what is done under it is short, does not block and calls nothing of the program's.
 */
#ifndef LOCKWATCH_PRELOAD_OS_LATCH_H
#define LOCKWATCH_PRELOAD_OS_LATCH_H

#include "preload/os/real.h"

#include <stdint.h>

/* What latch_release needs to put the thread's signal mask and cancellation state back. */
struct latched {
    uint64_t mask;
    int cancel;
};

struct latched latch_take(void) HIDDEN;
void latch_release(struct latched l) HIDDEN;

/*
 * What puts a copy in the place of the parent's record, for who was at it already when a signal handler forked a child
 * that stands aside. Set at start-up.
 */
extern void (*latch_leave_parent)(void) HIDDEN;

/* In the child of a fork: whoever had it did not come along. */
void latch_reset(void) HIDDEN;

/*
 * Hold the program's signals and cancellation back, and let them come again; for what needs no lock but must not be
 * interrupted. Libc's own two signals come at any time, so that nobody's setuid waits for us.
 */
struct latched signals_hold(void) HIDDEN;
void signals_let(struct latched l) HIDDEN;

#endif
