/*
 * Whether a call is a mistake: unlocking what the thread does not hold, destroying or initialising what is in use,
 * waiting at a condition without its mutex or with another one. Wrappers ask here, out of line, when the record or a
 * look at the lock makes a call suspicious; a mistake is recorded as a finding (preload/misuse/misuse_note.h).
 *
 * A mistake must show in what libc keeps in the lock (preload/os/glibc.h), and the record must confirm it. Where either
 * may not know, as in the child of a fork or in a thread that was met late, there is none. Called by the thread that
 * makes the call; reads what others write of themselves, without a lock. Costs some microseconds.
 */
#ifndef LOCKWATCH_PRELOAD_MISUSE_MISUSE_H
#define LOCKWATCH_PRELOAD_MISUSE_MISUSE_H

#include "preload/os/self.h"

/* About to unlock what the thread does not hold by the record, or what is free by libc. */
void misuse_unlock(const struct call *c) HIDDEN;

/*
 * The same of a toolkit's lock, which has no owner: `free`, by what is in it, or that is not known. What another thread
 * than its holder releases has no owner from then on (TRAIT_WAKER_UNKNOWN).
 */
void misuse_unlock_toolkit(const struct call *c, bool free) HIDDEN;

/* Another thread that holds a lock by its list; 0: none. */
uint32_t misuse_other_holder(uint64_t address) HIDDEN;

/* About to destroy, or to initialise, what may be in use. */
void misuse_destroy(const struct call *c) HIDDEN;
void misuse_init(const struct call *c) HIDDEN;

/* The lock is not held any more, whatever the record says: it was destroyed or initialised. */
void misuse_drop_holds(const struct call *c) HIDDEN;

/* A lock call was refused with EDEADLK; `how` is enum want_how. */
void misuse_relock(const struct call *c, uint16_t how) HIDDEN;

/* About to wait at a condition with a mutex that the thread does not hold by the record. */
void misuse_wait_without_mutex(const struct call *c, uint64_t mutex) HIDDEN;

/* The same of a toolkit's; `free`: the mutex is. */
void misuse_wait_without_toolkit(const struct call *c, uint64_t mutex, bool free) HIDDEN;

/*
 * The calling thread has recorded that it waits at a condition with id `id` and a mutex with id `mutex`. Cheap as long
 * as the last thread that waited there had the same mutex; else it looks at all threads. Inside the library.
 */
void misuse_wait_with_mutex(const struct call *c, uint32_t id, uint32_t mutex) HIDDEN;

/* The calling thread ends: drop holds of locks that other threads released for it, or that were destroyed. */
void misuse_thread_end(void) HIDDEN;

/*
 * A thread that is not known has acquired a lock: from now on nothing is said of locks in which libc keeps no owner.
 */
void misuse_acquired_unseen(void) HIDDEN;

#endif
