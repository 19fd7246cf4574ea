/*
 * Who posts semaphores, and signals conditions, that are initialised at one place: a history for those that live for
 * one call, such as the condition of a request, which nobody has woken before. What an object has from it are the posts
 * of those that were there before it.
 *
 * Only what a call initialised counts. Changed under the raw lock, read without: entries are added, and never changed.
 * Costs a look at each first post of an object, and where conditions and semaphores are initialised once there was a
 * place with enough of them.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_SITE_POSTS_H
#define LOCKWATCH_PRELOAD_LOCK_SITE_POSTS_H

#include "detect/deadlock/deadlock_world.h"
#include "preload/os/real.h"

/* Somebody posted it. `first`: nobody had before. `unknown`: it cannot be said who. Under the raw lock. */
void site_posts_add(const struct lock *lock, const struct post *p, bool first, bool unknown) HIDDEN;

/* A semaphore or condition was initialised by the call at `site`. */
extern bool site_posts_any HIDDEN;
void site_posts_made_at(uint64_t address, uint64_t site) HIDDEN;

static inline void site_posts_made(uint64_t address, uint64_t site)
{
    if (__atomic_load_n(&site_posts_any, __ATOMIC_ACQUIRE))
        site_posts_made_at(address, site);
}

/* False: it has none. */
bool site_posts_of(const struct lock *lock, struct site_history *h) HIDDEN;

/* The newest thread's serial: written by preload/thread/thread.c. */
extern uint32_t site_posts_newest HIDDEN;

#endif
