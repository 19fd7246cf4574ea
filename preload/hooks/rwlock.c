/*
 * The reader-writer lock calls. Many may hold it as readers; a thread may do so more than once.
 */
#include "preload/hold/hold.h"
#include "preload/hooks/hooks.h"
#include "preload/hooks/lifecycle.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/os/inlined.h"
#include "preload/thread/thread.h"
#include "preload/wait/renewed.h"
#include "preload/wait/wait.h"

struct rwlock_call {
    pthread_rwlock_t *lock;
    bool shared; /* as a reader */
    struct deadline until;
};

static int lock_really(void *argument)
{
    const struct rwlock_call *x = argument;
    const struct deadline *d = &x->until;
    if (d->time == NULL)
        return x->shared ? real.pthread_rwlock_rdlock(x->lock) : real.pthread_rwlock_wrlock(x->lock);
    if (d->plain)
        return x->shared ? real.pthread_rwlock_timedrdlock(x->lock, d->time)
                         : real.pthread_rwlock_timedwrlock(x->lock, d->time);
    return x->shared ? real.pthread_rwlock_clockrdlock(x->lock, d->clock, d->time)
                     : real.pthread_rwlock_clockwrlock(x->lock, d->clock, d->time);
}

static inline int trylock(struct rwlock_call x)
{
    return x.shared ? real.pthread_rwlock_tryrdlock(x.lock) : real.pthread_rwlock_trywrlock(x.lock);
}

/* By value, so that what is constant in a call is constant here, too. */
static inline int acquired(struct thread *t, int result, struct rwlock_call x, uint32_t how, uint64_t site,
                           uint64_t frame)
{
    if (result != 0)
        return result;
    if (unlikely(t == NULL)) {
        misuse_acquired_unseen();
        return result;
    }
    hold_acquire(t, x.lock, HOLD_AS(KIND_RWLOCK, how | (x.shared ? HOW_SHARED : 0)), site, frame);
    if (!x.shared && unlikely((glibc_rwlock_traits(x.lock) & TRAIT_PREFER_WRITER) != 0))
        hold_record_from_hook(t);
    return result;
}

/* The writer that locks it again is refused with EDEADLK. A reader that wants to write is not: it waits for itself. */
static bool is_refused(const pthread_rwlock_t *l)
{
    return glibc_is_written_by(l, self.own->tid);
}

__attribute__((noinline)) static int lock_slowly(const struct rwlock_call *x, uint64_t site, uint64_t frame)
{
    const struct wait w = {.call = {(uint64_t)(uintptr_t)x->lock, KIND_RWLOCK, site, frame},
                           .how = deadline_want(&x->until) | (x->shared ? WANT_SHARED : 0),
                           .traits = glibc_rwlock_traits(x->lock),
                           .block = lock_really,
                           .argument = (void *)(uintptr_t)x};
    int result = is_refused(x->lock) ? lock_really((void *)(uintptr_t)x) : wait_run(&w);
    if (result == EDEADLK)
        misuse_relock(&w.call, w.how);
    if (result == ETIMEDOUT) {
        hold_asked(self_watched(), x->lock, HOLD_AS(KIND_RWLOCK, HOW_TIMED | (x->shared ? HOW_SHARED : 0)), site,
                   frame);
        renewed_failed(&w.call, x->shared ? HOW_SHARED : 0, w.traits, 0);
    }
    return acquired(self_watched(), result, *x, deadline_how(&x->until), site, frame);
}

static inline __attribute__((always_inline)) int lock_any(struct rwlock_call x, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL)) {
        struct rwlock_call copy = x;
        return acquired(t, lock_really(&copy), x, 0, site, frame);
    }
    int result = trylock(x);
    if (unlikely(result == EBUSY)) {
        const struct rwlock_call copy = x;
        return lock_slowly(&copy, site, frame);
    }
    return acquired(t, result, x, deadline_how(&x.until), site, frame);
}

__attribute__((noinline)) static int read_lock_called(pthread_rwlock_t *l, uint64_t site, uint64_t frame)
{
    const struct rwlock_call x = {.lock = l, .shared = true};
    return lock_any(x, site, frame);
}

static inline __attribute__((always_inline)) int read_lock_inlined(pthread_rwlock_t *l, struct thread *t, uint64_t call,
                                                                   uint64_t site, uint64_t frame)
{
    const uint32_t as = HOLD_AS(KIND_RWLOCK, HOW_SHARED);
    if (unlikely(!inlined_read_lock(l)))
        return read_lock_called(l, site, frame);
    recent_locks_note((uint64_t)(uintptr_t)l, as);
    return hold_push(t, (uint64_t)(uintptr_t)l, call | hold_bits(as), frame);
}

/* For a caller that keeps a frame pointer. */
__attribute__((noinline)) static int read_lock_framed(pthread_rwlock_t *l, uint64_t site, uint64_t frame,
                                                      struct thread *t)
{
    uint64_t call;
    return callers_find(site, frame, arch_frame_pointer(), &call) ? read_lock_inlined(l, t, call, site, frame)
                                                                  : read_lock_called(l, site, frame);
}

EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
    struct thread *t = self_inlined();
    if (unlikely(t == NULL))
        return read_lock_called(l, CALL_SITE, CALL_FRAME);
    if (callers_framed(CALL_FRAME))
        return read_lock_framed(l, CALL_SITE, CALL_FRAME, t);
    return read_lock_inlined(l, t, CALL_SITE, CALL_SITE, CALL_FRAME);
}

__attribute__((noinline)) static int write_lock_called(pthread_rwlock_t *l, uint64_t site, uint64_t frame)
{
    const struct rwlock_call x = {.lock = l};
    return lock_any(x, site, frame);
}

static inline __attribute__((always_inline)) int write_lock_inlined(pthread_rwlock_t *l, struct thread *t,
                                                                    uint64_t call, uint64_t site, uint64_t frame)
{
    const uint32_t as = HOLD_AS(KIND_RWLOCK, 0);
    if (unlikely(!inlined_write_lock(l, t->tid)))
        return write_lock_called(l, site, frame);
    recent_locks_note((uint64_t)(uintptr_t)l, as);
    return hold_push(t, (uint64_t)(uintptr_t)l, call | hold_bits(as), frame);
}

__attribute__((noinline)) static int write_lock_framed(pthread_rwlock_t *l, uint64_t site, uint64_t frame,
                                                       struct thread *t)
{
    uint64_t call;
    return callers_find(site, frame, arch_frame_pointer(), &call) ? write_lock_inlined(l, t, call, site, frame)
                                                                  : write_lock_called(l, site, frame);
}

/* Where a writer goes before waiting readers, each acquisition is recorded. */
EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
    struct thread *t = self_inlined();
    if (unlikely(t == NULL) || unlikely(!glibc_is_common_rwlock(l)))
        return write_lock_called(l, CALL_SITE, CALL_FRAME);
    if (callers_framed(CALL_FRAME))
        return write_lock_framed(l, CALL_SITE, CALL_FRAME, t);
    return write_lock_inlined(l, t, CALL_SITE, CALL_SITE, CALL_FRAME);
}

static inline int lock_tried(struct rwlock_call x, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    int result = trylock(x);
    if (unlikely(result == EBUSY))
        renewed_failed(&(struct call){(uint64_t)(uintptr_t)x.lock, KIND_RWLOCK, site, frame}, x.shared ? HOW_SHARED : 0,
                       glibc_rwlock_traits(x.lock), 0);
    return acquired(t, result, x, HOW_TRIED, site, frame);
}

EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
    const struct rwlock_call x = {.lock = l, .shared = true};
    return lock_tried(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
    const struct rwlock_call x = {.lock = l};
    return lock_tried(x, CALL_SITE, CALL_FRAME);
}

/* libc checks clock and time before it looks at the lock: where they are wrong the call is left to it. */
static int lock_timed(struct rwlock_call x, uint64_t site, uint64_t frame)
{
    const struct deadline *d = &x.until;
    bool clock = d->plain || d->clock == CLOCK_REALTIME || d->clock == CLOCK_MONOTONIC;
    if (!clock || d->time->tv_nsec < 0 || d->time->tv_nsec >= 1000000000)
        return lock_really(&x);
    return lock_any(x, site, frame);
}

EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *l, const struct timespec *time)
{
    const struct rwlock_call x = {.lock = l, .shared = true, .until = {.time = time, .plain = true}};
    return lock_timed(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *time)
{
    const struct rwlock_call x = {.lock = l, .shared = true, .until = {.time = time, .clock = clock}};
    return lock_timed(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *l, const struct timespec *time)
{
    const struct rwlock_call x = {.lock = l, .until = {.time = time, .plain = true}};
    return lock_timed(x, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *time)
{
    const struct rwlock_call x = {.lock = l, .until = {.time = time, .clock = clock}};
    return lock_timed(x, CALL_SITE, CALL_FRAME);
}

__attribute__((noinline)) static int unlock_called(pthread_rwlock_t *l)
{
    return real.pthread_rwlock_unlock(l);
}

EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
    struct thread *t = self_inlined();
    if (likely(t != NULL) && likely(inlined_is_read(l)) && likely(hold_pop(t, l)))
        return likely(inlined_read_unlock(l)) ? 0 : unlock_called(l);
    if (likely(thread_watched() != NULL) && unlikely(!hold_release(self.slot, l)))
        misuse_unlock(&CALL_ABOUT(l, KIND_RWLOCK));
    return real.pthread_rwlock_unlock(l);
}

EXPORT int pthread_rwlock_init(pthread_rwlock_t *l, const pthread_rwlockattr_t *attributes)
{
    const struct lifecycle life = lifecycle_init(l, KIND_RWLOCK);
    return lifecycle_initialised(life, real.pthread_rwlock_init(l, attributes), NULL);
}

EXPORT int pthread_rwlock_destroy(pthread_rwlock_t *l)
{
    const struct lifecycle life = lifecycle_destroy(l, KIND_RWLOCK);
    return lifecycle_destroyed(life, real.pthread_rwlock_destroy(l));
}
