/*
 * Waits that are renewed for ever: a thread holds a lock, tries to acquire another one, or waits with a time-out,
 * fails, and begins again, and releases nothing meanwhile. In effect it waits without a time-out.
 *
 * Counted where such a call fails, by the thread itself: same call site, same lock, same locks held, and neither
 * acquired nor released any meanwhile, nor woken anybody. That is seen by marks in its list of held locks, which every
 * acquisition overwrites: the calls that succeed do nothing for it. Costs some stores a failure; from the tenth in a
 * row on it reads the clock.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_RENEWED_H
#define LOCKWATCH_PRELOAD_WAIT_RENEWED_H

#include "preload/os/self.h"

/*
 * A call by the calling thread has failed with EBUSY or ETIMEDOUT. `traits`: of the lock, in case that it has no id
 * yet. `cond_mutex`: of a condition: its mutex, which the thread has again.
 */
void renewed_failed(const struct call *c, uint32_t how, uint32_t traits, uint64_t cond_mutex) HIDDEN;

/* The thread is about to wait at a condition with a time-out, and has the mutex still. */
void renewed_begins(void) HIDDEN;

/* What a thread of the record waits for in effect; false: for nothing. For who judges. */
bool renewed_want(uint32_t id, struct want *want) HIDDEN;

/*
 * Whether a thread has ended such a wait, for who would take back what was said of it: it has given up, or got the
 * lock, or has not tried for three seconds. A thread that only waits for a processor has not ended it.
 */
bool renewed_is_over(uint32_t id, const struct want *was) HIDDEN;

#endif
