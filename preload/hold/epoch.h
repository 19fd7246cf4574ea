/*
 * The epochs of the calling thread (record/layout.h, struct epoch): what of its life came before and after the
 * creation and the end of other threads. An epoch is written down when something must be said to have happened in it,
 * and not before; most threads never have one.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_EPOCH_H
#define LOCKWATCH_PRELOAD_HOLD_EPOCH_H

#include "preload/os/self.h"
#include "preload/store/store.h"

/* The epoch that the thread is in, for what is to be noted now; 0: no room. Under the raw lock. */
uint32_t epoch_now(void) HIDDEN;

/* The last epoch of a thread that has ended, which may have none so far; 0: no room. Under the raw lock. */
uint32_t epoch_of(struct thread *t, uint32_t id) HIDDEN;

/* The thread is about to make another one, or to end: the last of what it did before that, for thread.born; 0: nothing
 * was noted. Not under the raw lock. */
uint32_t epoch_point(void) HIDDEN;

/* It has made it: from here on the two go side by side. */
void epoch_part(void) HIDDEN;

/* It has joined a thread whose newest epoch (else whose born) is `last`. */
void epoch_join(uint32_t last) HIDDEN;

#endif
