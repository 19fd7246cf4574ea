/*
 * Which locks a thread needs before it wakes others: for each thread that posts an event semaphore, signals a
 * condition, arrives at a barrier, or ends and is joined, the locks that it acquired on its way there every time
 * (record/layout.h, struct wake). detect/wait_holding.h judges by it.
 *
 * The first time, that may be any lock that the thread acquired lately. Each later time the lockset is refined by what
 * the thread acquired since the last time, as Eraser does (Savage et al. 1997), and soon has few locks or none. Each
 * thread writes its own entries; new ones are added under the raw lock. A call that says nothing new costs a look into
 * the thread's cache and one at each lock that is left.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_WAKERS_H
#define LOCKWATCH_PRELOAD_WAIT_WAKERS_H

#include "preload/lock/lock.h"
#include "preload/os/self.h"

/*
 * The thread is about to post a semaphore of which it holds no unit, which makes it an event semaphore; to signal a
 * condition; or to arrive at a barrier. `frame`: the stack pointer of that call.
 */
void wakers_posted(struct thread *t, uint64_t address, const struct lock_traits *what, uint64_t frame) HIDDEN;

/* The calling thread, holding locks, has joined thread `id`. `how`: enum hold_how. */
void wakers_joined(struct thread *t, uint32_t id, uint32_t how, uint64_t site, uint64_t frame) HIDDEN;

#endif
