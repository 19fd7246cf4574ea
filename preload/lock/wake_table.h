/*
 * The table of which threads wake whom (record/layout.h, struct wake): a list for each lock, newest first. Changed
 * under the raw lock, read without.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_WAKE_TABLE_H
#define LOCKWATCH_PRELOAD_LOCK_WAKE_TABLE_H

#include "preload/os/real.h"
#include "preload/store/store.h"

enum { WAKE_DEEP = 32 }; /* how far up its path a lock is looked for */

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
 * Whether a wait (a node that makes its lock TRAIT_AWAITED) may be reported as wait-holding at the end of the process:
 * all threads but one that have woken its waiters acquired a lock on its path, or may yet do so. If not, it can be
 * pruned with the locks that it names. Under the raw lock.
 */
bool wake_may_matter(uint32_t wait) HIDDEN;

/* A lock ended: drop its wakes, unless a wait for it may be reported; then it stays TRAIT_AWAITED. Under the raw lock.
 */
void wake_lock_ended(uint32_t lock) HIDDEN;

/* Drop its wakes in any case. */
void wake_lock_pruned(uint32_t lock) HIDDEN;

#endif
