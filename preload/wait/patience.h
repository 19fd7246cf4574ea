/*
 * Waiting for a mutex or the end of a thread in libc, in the knowledge that it may take for ever: a thread that has
 * waited for some seconds looks what the others do (preload/wait/kernel_look.h), once, and waits on. So a record shows
 * for how long it stood at least, also if the process is killed and nobody was there to see it. If it finds a thread
 * that waits inside libc for a lock that names its owner, it judges (preload/wait/kernel_wants.h).
 *
 * For that the wait begins with a time-out, which the program cannot notice: neither call is interrupted by a signal or
 * is a cancellation point, and libc lets waiters go in no order that a program could rely on. Where the order is that
 * of priorities (PTHREAD_PRIO_INHERIT), or somebody else's function would be called, it waits as ever. So it does for a
 * reader-writer lock: a writer whose time is up no longer keeps readers out. Costs the clock, 20 ns, in a call that is
 * about to sleep.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_PATIENCE_H
#define LOCKWATCH_PRELOAD_WAIT_PATIENCE_H

#include "preload/os/real.h"

/* As the call of libc; the caller must not hold the mutex. */
int patience_lock(pthread_mutex_t *m) HIDDEN;

/* As the call of libc, which is a cancellation point with and without a time-out. */
int patience_join(pthread_t thread, void **value) HIDDEN;

#endif
