/*
 * Who wakes others, and what that takes: for everyone who posts a semaphore used as a signal, signals a condition,
 * arrives at a barrier, or ends and is joined, the locks that it had taken on its way there every time
 * (record/layout.h, struct wake). detect/wait_holding.h judges by it.
 *
 * The first time, that may be any lock that the thread took lately; each later time the list is held against what it
 * took since the last one, and soon has few entries or none. A call that says nothing new costs a look into the cache
 * and one at each lock that is left.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_WAKERS_H
#define LOCKWATCH_PRELOAD_WAIT_WAKERS_H

#include "preload/lock/lock.h"
#include "preload/os/self.h"

/*
 * A thread has posted a semaphore that it holds no unit of: it is a signal from now on. Or it has signalled a
 * condition, or arrived at a barrier. `frame`: the stack pointer of that call.
 */
void wakers_posted(struct thread *t, uint64_t address, const struct lock_traits *what, uint64_t frame) HIDDEN;

/* The calling thread, holding locks, has waited for the end of thread `id`. `how`: enum hold_how. */
void wakers_joined(struct thread *t, uint32_t id, uint32_t how, uint64_t site, uint64_t frame) HIDDEN;

/* In the child of a fork. */
void wakers_reset(void) HIDDEN;

#endif
