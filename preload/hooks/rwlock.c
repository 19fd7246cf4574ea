/*
 * The reader-writer lock calls. Many may hold it as readers; a thread may do so more than once.
 */
#include "preload/hold/hold.h"
#include "preload/hooks/lifecycle.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"

/* A wait with a time-out is one on the clock that its call names. */
struct locking {
    pthread_rwlock_t *lock;
    bool shared;
    clockid_t clock;
    const struct timespec *time; /* NULL: no time-out */
    bool plain;                  /* the calls that take no clock */
};

static int block(void *argument)
{
    const struct locking *x = argument;
    if (x->time == NULL)
        return x->shared ? real.pthread_rwlock_rdlock(x->lock) : real.pthread_rwlock_wrlock(x->lock);
    if (x->plain)
        return x->shared ? real.pthread_rwlock_timedrdlock(x->lock, x->time)
                         : real.pthread_rwlock_timedwrlock(x->lock, x->time);
    return x->shared ? real.pthread_rwlock_clockrdlock(x->lock, x->clock, x->time)
                     : real.pthread_rwlock_clockwrlock(x->lock, x->clock, x->time);
}

static inline int try_it(struct locking x)
{
    return x.shared ? real.pthread_rwlock_tryrdlock(x.lock) : real.pthread_rwlock_trywrlock(x.lock);
}

/* By value, so that what is known of a call when it is compiled stays known. */
static inline int taken(struct thread *t, int result, struct locking x, uint32_t how, uint64_t site, uint64_t frame)
{
    if (result != 0)
        return result;
    if (unlikely(t == NULL)) {
        misuse_unseen();
        return result;
    }
    hold_acquire(t, x.lock, HOLD_AS(KIND_RWLOCK, how | (x.shared ? HOW_SHARED : 0)), site, frame);
    if (!x.shared && unlikely((glibc_rwlock_traits(x.lock) & TRAIT_PREFER_WRITER) != 0))
        hold_write_down(t);
    return result;
}

/* Who writes is refused a second time, with EDEADLK. Who reads is not: he waits for himself. */
static bool is_refused(const pthread_rwlock_t *l)
{
    return l->__data.__cur_writer == (int)self.own->tid;
}

__attribute__((noinline)) static int lock_slowly(const struct locking *x, uint64_t site, uint64_t frame)
{
    const struct wait w = {.address = (uint64_t)(uintptr_t)x->lock,
                           .kind = KIND_RWLOCK,
                           .how = (x->time != NULL ? WANT_TIMED : 0) | (x->shared ? WANT_SHARED : 0),
                           .traits = glibc_rwlock_traits(x->lock),
                           .site = site,
                           .frame = frame,
                           .call = block,
                           .argument = (void *)(uintptr_t)x};
    int result = is_refused(x->lock) ? block((void *)(uintptr_t)x) : wait_run(&w);
    if (result == EDEADLK)
        misuse_relock(&(struct call){w.address, KIND_RWLOCK, site, frame}, w.how);
    return taken(self_watched(), result, *x, x->time != NULL ? HOW_TIMED : 0, site, frame);
}

static inline __attribute__((always_inline)) int lock_any(struct locking x, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL)) {
        struct locking copy = x;
        return taken(t, block(&copy), x, 0, site, frame);
    }
    int result = try_it(x);
    if (unlikely(result == EBUSY)) {
        const struct locking copy = x;
        return lock_slowly(&copy, site, frame);
    }
    return taken(t, result, x, x.time != NULL ? HOW_TIMED : 0, site, frame);
}

EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
    const struct locking x = {.lock = l, .shared = true};
    return lock_any(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
    const struct locking x = {.lock = l};
    return lock_any(x, CALL_SITE, CALL_FRAME);
}

static inline int lock_tried(struct locking x, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    return taken(t, try_it(x), x, HOW_TRIED, site, frame);
}

EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
    const struct locking x = {.lock = l, .shared = true};
    return lock_tried(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
    const struct locking x = {.lock = l};
    return lock_tried(x, CALL_SITE, CALL_FRAME);
}

/* libc checks clock and time before it looks at the lock, so a call that is wrong is its own. */
static int lock_timed(struct locking x, uint64_t site, uint64_t frame)
{
    bool clock = x.plain || x.clock == CLOCK_REALTIME || x.clock == CLOCK_MONOTONIC;
    real_find();
    if (!clock || x.time->tv_nsec < 0 || x.time->tv_nsec >= 1000000000)
        return block(&x);
    return lock_any(x, site, frame);
}

EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *l, const struct timespec *time)
{
    const struct locking x = {.lock = l, .shared = true, .time = time, .plain = true};
    return lock_timed(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *time)
{
    const struct locking x = {.lock = l, .shared = true, .clock = clock, .time = time};
    return lock_timed(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *l, const struct timespec *time)
{
    const struct locking x = {.lock = l, .time = time, .plain = true};
    return lock_timed(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *time)
{
    const struct locking x = {.lock = l, .clock = clock, .time = time};
    return lock_timed(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
    if (likely(thread_watched() != NULL) && unlikely(!hold_release(self.slot, l, false)))
        misuse_unlock(&CALL_ABOUT(l, KIND_RWLOCK));
    return real.pthread_rwlock_unlock(l);
}

EXPORT int pthread_rwlock_init(pthread_rwlock_t *l, const pthread_rwlockattr_t *attributes)
{
    const struct lifecycle life = lifecycle_init(CALL_ABOUT(l, KIND_RWLOCK));
    return lifecycle_initialised(life, real.pthread_rwlock_init(l, attributes), NULL);
}

EXPORT int pthread_rwlock_destroy(pthread_rwlock_t *l)
{
    const struct lifecycle life = lifecycle_destroy(CALL_ABOUT(l, KIND_RWLOCK));
    return lifecycle_destroyed(life, real.pthread_rwlock_destroy(l));
}
