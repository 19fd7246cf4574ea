/*
 * The library's one lock: it serialises appending to the tables of the record and to the indexes over them. Readers
 * never take it. Signals are blocked while it is held, so neither a handler nor a cancellation can come in between;
 * hence what is done under it is short, does not block, and calls nothing of the program's.
 */
#ifndef LOCKWATCH_PRELOAD_OS_RAW_LOCK_H
#define LOCKWATCH_PRELOAD_OS_RAW_LOCK_H

#include "preload/os/real.h"

#include <stdint.h>

/* What raw_lock_release needs to put the thread's signal mask and cancellation state back. */
struct signals_saved {
    uint64_t mask;
    int cancel;
    bool inner; /* they were held back already */
};

struct signals_saved raw_lock_acquire(void) HIDDEN;
void raw_lock_release(struct signals_saved l) HIDDEN;

/*
 * Replaces the parent's record by a copy, for a thread that was inside the library when its signal handler forked a
 * child that is not watched. Set at start-up.
 */
extern void (*raw_lock_leave_parent)(void) HIDDEN;

/*
 * Hold the program's signals and cancellation back, and let them come again; for what needs no lock but must not be
 * interrupted, and for what takes the raw lock several times: two system calls serve all that lies between. Libc's own
 * signals come as they did, so that nobody's setuid waits for us.
 */
struct signals_saved signals_block(void) HIDDEN;
void signals_unblock(struct signals_saved l) HIDDEN;

#endif
