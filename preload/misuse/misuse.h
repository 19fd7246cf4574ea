/*
 * Whether a call is a mistake: unlocking what the thread does not hold, destroying or initialising what is in use,
 * waiting at a condition without the mutex or with another one. Wrappers ask here, out of line, when our record or a
 * look at the lock raises the question; what then is a mistake is noted (preload/misuse/misuse_note.h).
 *
 * A mistake must show in what libc has in the lock (preload/os/glibc.h), and be borne out by our record. Where either
 * may not know, as in the child of a fork or in a thread that was met late, there is none.
 */
#ifndef LOCKWATCH_PRELOAD_MISUSE_MISUSE_H
#define LOCKWATCH_PRELOAD_MISUSE_MISUSE_H

#include "preload/os/self.h"

/* A call about a lock. */
struct call {
    uint64_t address;
    uint16_t kind; /* enum lock_kind */
    uint64_t site, frame;
};

#define CALL_ABOUT(lock, what) ((struct call){(uint64_t)(uintptr_t)(lock), what, CALL_SITE, CALL_FRAME})

/* About to unlock what the thread does not hold, as far as we know, or what libc says is free. */
void misuse_unlock(const struct call *c) HIDDEN;

/* About to destroy, or to initialise, what may be in use. */
void misuse_destroy(const struct call *c) HIDDEN;
void misuse_init(const struct call *c) HIDDEN;

/* It has been destroyed or initialised: the calling thread does not hold it any more. */
void misuse_over(const struct call *c) HIDDEN;

/* A lock call was refused with EDEADLK; `how` is enum want_how. */
void misuse_relock(const struct call *c, uint16_t how) HIDDEN;

/* About to wait at a condition with a mutex that the thread does not hold, as far as we know. */
void misuse_wait(const struct call *c, uint64_t mutex) HIDDEN;

/*
 * The calling thread has said that it waits at a condition, as lock `id`, and `mutex` is the id of its mutex. Cheap as
 * long as the last one who waited there had the same; else it looks at all threads. Inside the library.
 */
void misuse_waits(const struct call *c, uint32_t id, uint32_t mutex) HIDDEN;

/* The calling thread has ended: locks that others released for it, or that are no more, it does not hold. */
void misuse_end(void) HIDDEN;

/* A thread that is not known has taken something: from now on who has what bears no owner is not for us to say. */
void misuse_unseen(void) HIDDEN;

#endif
