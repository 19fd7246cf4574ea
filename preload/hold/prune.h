/*
 * Forgetting locks that are no more. What died without having been both inside and around another is on no cycle of
 * orders; what guards no order of two others, and is in no wait of which something may be found, is of no use to
 * anybody. Such locks leave the record, with their holds, and their slots serve others: a program that makes and
 * destroys locks for as long as it runs does not make the record grow.
 *
 * That is done for many at a time, by a thread that has changes of a lock anyway.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_PRUNE_H
#define LOCKWATCH_PRELOAD_HOLD_PRUNE_H

#include "preload/lock/lock.h"
#include "preload/os/self.h"

enum { PRUNE_MANY = 128 };

void prune_unless_too_soon(void) HIDDEN;

/* Not under the raw lock; the calling thread's path says all that it holds. */
static inline void prune_if_due(void)
{
    if (unlikely(lock_ended_count >= PRUNE_MANY))
        prune_unless_too_soon();
}

#endif
