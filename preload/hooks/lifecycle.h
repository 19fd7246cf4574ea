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
#include "preload/lock/birthplace.h"
#include "preload/lock/site_posts.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/os/interpreter.h"
#include "preload/wait/wait.h"

struct lifecycle {
    struct call call;
    bool suspicious; /* the lock looked as if it was in use */
};

/* Before the call. */
static inline __attribute__((always_inline)) struct lifecycle lifecycle_init_by(const struct call *c)
{
    const struct lifecycle l = {*c, glibc_looks_held(c->kind, c->address)};
    if (unlikely(l.suspicious))
        misuse_init(c);
    return l;
}

static inline __attribute__((always_inline)) struct lifecycle lifecycle_destroy_by(const struct call *c)
{
    const struct lifecycle l = {*c, glibc_looks_used(c->kind, c->address)};
    if (unlikely(l.suspicious))
        misuse_destroy(c);
    return l;
}

#define lifecycle_init(lock, kind) lifecycle_init_by(&CALL_ABOUT(lock, kind))
#define lifecycle_destroy(lock, kind) lifecycle_destroy_by(&CALL_ABOUT(lock, kind))

/* Units of a semaphore may be held though nothing in it says so. */
static inline void lifecycle_release(const struct lifecycle *l)
{
    if (unlikely(l->suspicious) || l->call.kind == KIND_SEMAPHORE)
        misuse_drop_holds(&l->call);
}

/*
 * After the call; both return `result`, which is 0 if it succeeded. `known`: first value or traits that must be known
 * later; NULL: there are none, and the lock gets an id when it needs one.
 */
static inline int lifecycle_initialised(struct lifecycle l, int result, const struct lock_traits *known)
{
    if (result != 0)
        return result;
    lifecycle_release(&l);
    if (l.call.kind == KIND_SEMAPHORE)
        hold_posted_forget(l.call.address);
    uint64_t noted = birthplace_note(l.call.site, l.call.frame);
    if (known != NULL) {
        struct lock_traits what = *known;
        what.site = noted;
        what.call = unlikely(interpreter_there) ? callers_learn_python(l.call.site, l.call.frame) : 0;
        lock_begin_known(l.call.address, &what, NULL);
    } else {
        lock_begin(l.call.address, noted);
    }
    if (l.call.kind == KIND_SEMAPHORE || l.call.kind == KIND_CONDITION)
        site_posts_made(l.call.address, l.call.site);
    return result;
}

static inline int lifecycle_destroyed(struct lifecycle l, int result)
{
    if (result != 0)
        return result;
    lifecycle_release(&l);
    lock_end(l.call.address);
    return result;
}

/*
 * The whole of it before a call that is sure to succeed if the lock is not suspicious: then that is the last thing the
 * wrapper does. False: nothing was done, as there is more to do than usual.
 */
static inline __attribute__((always_inline)) bool lifecycle_begun(const volatile void *lock, uint16_t kind)
{
    uint64_t address = (uint64_t)(uintptr_t)lock;
    bool usual = !glibc_looks_held(kind, address) && !memory_filter_knows(address);
    if (likely(usual))
        lock_begin_unknown(address, CALL_SITE);
    return usual;
}

static inline __attribute__((always_inline)) bool lifecycle_ended(const volatile void *lock, uint16_t kind)
{
    uint64_t address = (uint64_t)(uintptr_t)lock;
    bool usual = !glibc_looks_used(kind, address) && !memory_filter_knows(address);
    if (likely(usual))
        lock_end_unknown(address);
    return usual;
}

/*
 * Destroy a condition or a barrier by this call: if threads are still inside, libc waits until they have left. Returns
 * what the call returned.
 */
static inline __attribute__((always_inline)) int lifecycle_destroy_waiting(void *lock, uint16_t kind,
                                                                           int (*destroy)(void *lock))
{
    const struct lifecycle l = lifecycle_destroy(lock, kind);
    const struct wait w = {.call = l.call, .how = WANT_END, .block = destroy, .argument = lock};
    return lifecycle_destroyed(l, l.suspicious && self.slot != NULL ? wait_run(&w) : destroy(lock));
}

#endif
