/*
 * The table of who wakes whom (record/layout.h, struct wake): a list for each lock, newest first. All of it under the
 * latch, but for what only looks.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_WAKE_TABLE_H
#define LOCKWATCH_PRELOAD_LOCK_WAKE_TABLE_H

#include "preload/os/real.h"
#include "preload/store/store.h"

enum { WAKE_DEEP = 32 }; /* so far up its path a lock is looked for that a thread may hold */

static inline struct wake *wake_at(uint32_t id)
{
    return record_at(&ours, TABLE_WAKES, id, sizeof(struct wake), record_first_shift[TABLE_WAKES]);
}

/* The serial number of the thread that woke; 0: not known. */
uint32_t wake_serial(const struct wake *w) HIDDEN;

/* Whether there is no lock that the waker acquired every time. */
bool wake_is_empty(const struct wake *w) HIDDEN;

/* A new item of its lock, like this one but for the epoch. 0: no room. */
uint32_t wake_add(const struct wake *like, uint32_t epoch) HIDDEN;

/*
 * Whether something may be found of a wait, a node such as make their lock TRAIT_AWAITED (preload/hold/hold.c), when
 * the process ends: all who have woken its waiters, but for one thread, took a lock on its path; or they may yet do so.
 * If not, it can be forgotten with the locks that it names. Under the raw lock.
 */
bool wake_may_matter(uint32_t wait) HIDDEN;

/* A lock died (TRAIT_ENDED): forget who woke others there, unless something may be found of a wait for it; then it
 * stays TRAIT_AWAITED. Under the raw lock. */
void wake_lock_ended(uint32_t lock) HIDDEN;

/* The same whatever may be found. */
void wake_lock_pruned(uint32_t lock) HIDDEN;

#endif
