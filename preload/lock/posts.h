/*
 * Who posted a semaphore or signalled a condition (record/layout.h, struct post): a list for each lock, newest first.
 * Its length is limited: where more threads have posted, those with one start routine and creator become one. Readers
 * follow it without a lock, and notice by post.lock that an item serves another lock now.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_POSTS_H
#define LOCKWATCH_PRELOAD_LOCK_POSTS_H

#include "preload/os/real.h"

#include <stdint.h>

/* The calling thread has posted it without holding a unit. Where no room is left, its wakers are unknown. */
void posts_add(uint32_t lock, bool unknown) HIDDEN;

/* The lock ended: its posts serve others. Under the raw lock. */
void posts_free(uint32_t lock) HIDDEN;

#endif
