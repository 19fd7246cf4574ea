/*
 * Pruning: dropping ended locks that can be part of no finding. A destroyed lock that was never both acquired under a
 * lock and held while another was acquired cannot be on a cycle. If it is no gate lock between two others either, and
 * in no wait that may be reported, it leaves the record with its holds, and the slots serve others. So a program that
 * creates and destroys locks for as long as it runs does not make the record grow without end.
 *
 * Done for many locks at a time, by a thread that is about to record something anyway.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_PRUNE_H
#define LOCKWATCH_PRELOAD_HOLD_PRUNE_H

#include "preload/lock/lock.h"
#include "preload/os/self.h"

enum { PRUNE_MANY = 128 };

void prune_unless_too_soon(void) HIDDEN;

/* Not under the raw lock. The calling thread's path must be complete. */
static inline void prune_if_due(void)
{
    if (unlikely(lock_ended_count >= PRUNE_MANY))
        prune_unless_too_soon();
}

#endif
