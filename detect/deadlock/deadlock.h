/*
 * Which threads of a record can never go on. Judged from what they hold and want, by graph reduction (R. C. Holt, "Some
 * Deadlock Properties of Computer Systems", ACM Computing Surveys 4(3), 1972): begin with all threads that are blocked
 * without a time-out, strike each that a thread outside of them may still wake, until nothing changes. What remains is
 * deadlocked. Who can wake whom: detect/wake_rules.h.
 *
 * The record may be that of a live process whose threads run on. Then the answer holds for no moment in particular, and
 * must be confirmed (deadlock_stood_still) before it is reported. Nothing is written but memory of one's own, from
 * mmap, in proportion to the threads and what they hold. Linear in the graph but for stuck sets that hang together.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_DEADLOCK_H
#define LOCKWATCH_DETECT_DEADLOCK_DEADLOCK_H

#include "detect/deadlock/deadlock_world.h"
#include "detect/finding.h"

/*
 * Judge all threads. Calls `found` once for each deadlock, with a finding that lives until `found` returns; stops when
 * that returns false. Gives the number found; without memory, 0.
 */
typedef bool deadlock_found(void *context, const struct finding *f);
unsigned deadlock_judge(const struct deadlock_world *w, deadlock_found *found, void *context);

/*
 * Whether every side of a finding still waits as it did, and no semaphore has a unit under way to one of them: then all
 * of it stood at one moment, that of this call.
 */
bool deadlock_stood_still(const struct deadlock_world *w, const struct finding *f);

/* Whether a side still waits so that was derived (want_is_derived). */
bool deadlock_still_derived(const struct deadlock_world *w, const struct side *side);

#endif
