/*
 * Initialising and destroying a lock. Such a wrapper is two calls around libc's own:
 *
 *     const struct lifecycle l = lifecycle_init(CALL_ABOUT(m, KIND_MUTEX));
 *     return lifecycle_initialised(l, real.pthread_mutex_init(m, attributes), NULL);
 *
 * The first reports a lock that is still in use (preload/misuse/misuse.h). The second, if the call succeeded, ends the
 * lock that was at the address, so that the next one there is not taken for it. Costs a look at the lock, unless that
 * makes it suspicious.
 */
#ifndef LOCKWATCH_PRELOAD_HOOKS_LIFECYCLE_H
#define LOCKWATCH_PRELOAD_HOOKS_LIFECYCLE_H

#include "preload/hold/hold.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"

struct lifecycle {
    struct call call;
    bool suspicious; /* the lock looked as if it was in use */
};

/* Before the call. `call`: from CALL_ABOUT. */
static inline __attribute__((always_inline)) struct lifecycle lifecycle_init(struct call call)
{
    const struct lifecycle l = {call, glibc_looks_held(call.kind, call.address)};
    real_find();
    if (unlikely(l.suspicious))
        misuse_init(&(struct call){call.address, call.kind, call.site, call.frame});
    return l;
}

static inline __attribute__((always_inline)) struct lifecycle lifecycle_destroy(struct call call)
{
    const struct lifecycle l = {call, glibc_looks_used(call.kind, call.address)};
    real_find();
    if (unlikely(l.suspicious))
        misuse_destroy(&(struct call){call.address, call.kind, call.site, call.frame});
    return l;
}

/* Units of a semaphore may be held though nothing in it says so. */
static inline __attribute__((always_inline)) void lifecycle_release(struct lifecycle l)
{
    if (unlikely(l.suspicious) || l.call.kind == KIND_SEMAPHORE)
        misuse_drop_holds(&(struct call){l.call.address, l.call.kind, l.call.site, l.call.frame});
}

/*
 * After the call; both return `result`, which is 0 if it succeeded. `known`: first value or traits that must be known
 * later; NULL: there are none, and the lock gets an id when it needs one.
 */
static inline __attribute__((always_inline)) int lifecycle_initialised(struct lifecycle l, int result,
                                                                       const struct lock_traits *known)
{
    if (result != 0)
        return result;
    lifecycle_release(l);
    if (l.call.kind == KIND_SEMAPHORE)
        hold_posted_forget(l.call.address);
    if (known != NULL)
        lock_begin_known(l.call.address, known, NULL);
    else
        lock_begin(l.call.address, l.call.site);
    return result;
}

static inline __attribute__((always_inline)) int lifecycle_destroyed(struct lifecycle l, int result)
{
    if (result != 0)
        return result;
    lifecycle_release(l);
    lock_end(l.call.address);
    return result;
}

/*
 * Destroy a condition or a barrier by this call: if threads are still inside, libc waits until they have left. Returns
 * what the call returned.
 */
int lifecycle_destroy_waiting(struct call call, int (*destroy)(void *lock)) HIDDEN;

#endif
