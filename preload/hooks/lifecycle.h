/*
 * Initialising and destroying a lock. Such a wrapper is two calls around libc's own:
 *
 *     const struct lifecycle l = lifecycle_init(m, KIND_MUTEX);
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
#include "preload/wait/wait.h"

struct lifecycle {
    uint64_t address;
    uint16_t kind;
    bool suspicious; /* the lock looked as if it was in use */
};

/* Before the call. Always inlined, so that CALL_ABOUT is the wrapper's; it is worked out only when needed. */
static inline __attribute__((always_inline)) struct lifecycle lifecycle_init(const volatile void *lock, uint16_t kind)
{
    const struct lifecycle l = {(uint64_t)(uintptr_t)lock, kind, glibc_looks_held(kind, (uint64_t)(uintptr_t)lock)};
    if (unlikely(l.suspicious))
        misuse_init(&CALL_ABOUT(l.address, kind));
    return l;
}

static inline __attribute__((always_inline)) struct lifecycle lifecycle_destroy(const volatile void *lock,
                                                                                uint16_t kind)
{
    const struct lifecycle l = {(uint64_t)(uintptr_t)lock, kind, glibc_looks_used(kind, (uint64_t)(uintptr_t)lock)};
    if (unlikely(l.suspicious))
        misuse_destroy(&CALL_ABOUT(l.address, kind));
    return l;
}

/* Units of a semaphore may be held though nothing in it says so. */
static inline __attribute__((always_inline)) void lifecycle_release(struct lifecycle l)
{
    if (unlikely(l.suspicious) || l.kind == KIND_SEMAPHORE)
        misuse_drop_holds(&CALL_ABOUT(l.address, l.kind));
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
    if (l.kind == KIND_SEMAPHORE)
        hold_posted_forget(l.address);
    if (known != NULL)
        lock_begin_known(l.address, known, NULL);
    else
        lock_begin(l.address, CALL_SITE);
    return result;
}

static inline __attribute__((always_inline)) int lifecycle_destroyed(struct lifecycle l, int result)
{
    if (result != 0)
        return result;
    lifecycle_release(l);
    lock_end(l.address);
    return result;
}

/*
 * Destroy a condition or a barrier by this call: if threads are still inside, libc waits until they have left. Returns
 * what the call returned.
 */
static inline __attribute__((always_inline)) int lifecycle_destroy_waiting(void *lock, uint16_t kind,
                                                                           int (*destroy)(void *lock))
{
    const struct lifecycle l = lifecycle_destroy(lock, kind);
    const struct wait w = {.call = CALL_ABOUT(lock, kind), .how = WANT_END, .block = destroy, .argument = lock};
    return lifecycle_destroyed(l, l.suspicious && self.slot != NULL ? wait_run(&w) : destroy(lock));
}

#endif
