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

/*
 * Whether something may be found of a wait, a node such as make their lock TRAIT_AWAITED (preload/hold/hold.c), when
 * the process ends: all who have woken its waiters, but for one thread, took a lock on its path; or they may yet do so.
 * If not, it can be forgotten with the locks that it names. Under the latch.
 */
bool wakers_may_matter(uint32_t wait) HIDDEN;

/* A lock died (TRAIT_DEAD): forget who woke others there, unless something may be found of a wait for it; then it stays
 * TRAIT_AWAITED. Under the latch. */
void wakers_lock_died(uint32_t lock) HIDDEN;

/* The same whatever may be found. */
void wakers_lock_forgotten(uint32_t lock) HIDDEN;

/*
 * The calling thread, `ended`, will be joined: keep what it had taken, for whoever joins it; but not what it ends with.
 * Who joins it with a robust mutex in hand that it ended with has got that as EOWNERDEAD, so after its end. NULL:
 * nothing. Under the latch, as giving it back is.
 */
struct wakers_end;
struct wakers_end *wakers_end(const struct thread *ended) HIDDEN;
void wakers_end_over(struct wakers_end *e) HIDDEN;

/* The calling thread, holding locks, has waited for the end of thread `id`. `how`: enum hold_how. */
void wakers_joined(struct thread *t, uint32_t id, uint32_t how, uint64_t site, uint64_t frame) HIDDEN;

/* In the child of a fork. */
void wakers_reset(void) HIDDEN;

#endif
