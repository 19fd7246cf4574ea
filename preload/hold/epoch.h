/*
 * The epochs of the calling thread (record/layout.h, struct epoch): happens-before segments of its life, delimited by
 * the creation and the joining of other threads, and by synchronisation points (preload/hold/sync_point.h). An epoch is
 * recorded when an event must be said to have happened in it, and not before; most threads never have one.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_EPOCH_H
#define LOCKWATCH_PRELOAD_HOLD_EPOCH_H

#include "preload/os/self.h"
#include "preload/store/store.h"

/* With so many only what is needed besides is recorded, so that the record does not grow for ever. */
enum { EPOCHS_MOST = 1 << 16 };

static inline struct epoch *epoch_at(uint32_t id)
{
    return record_at(&ours, TABLE_EPOCHS, id, sizeof(struct epoch), record_first_shift[TABLE_EPOCHS]);
}

/* The epoch that the thread is in, recorded if it is not yet; 0: no room. Under the raw lock. */
uint32_t epoch_now(void) HIDDEN;

/* The last epoch of a thread that has ended, recorded if it has none; 0: no room. Under the raw lock. */
uint32_t epoch_of(struct thread *t, uint32_t id) HIDDEN;

/* `ended` was created and joined by the calling thread, which held `lock` exclusively all the while; 0: no lock. */
void epoch_spanned(const struct thread *ended, uint32_t lock) HIDDEN;

/* The thread is about to create another, or to end: its last recorded epoch before that, for thread.born; 0: none. Not
 * under the raw lock. */
uint32_t epoch_point(void) HIDDEN;

/* It has created it, or synchronised with others: from here on they are concurrent. */
void epoch_part(void) HIDDEN;

/* It has joined a thread whose newest epoch (else whose born) is `last`, or comes after that synchronisation point. */
void epoch_join(uint32_t last) HIDDEN;

#endif
