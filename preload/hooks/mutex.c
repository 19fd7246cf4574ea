/*
 * The mutex calls. A wrapper is: the recursion guard, libc's own call, and what it changes in the locks held
 * (preload/hold/hold.h). A call that has to wait goes through preload/wait/wait.h.
 */
#include "preload/hold/hold.h"
#include "preload/hooks/hooks.h"
#include "preload/hooks/lifecycle.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/os/inlined.h"
#include "preload/thread/thread.h"
#include "preload/wait/patience.h"
#include "preload/wait/renewed.h"
#include "preload/wait/wait.h"

/* Locking a recursive mutex again changes nothing, nor does unlocking it but for the last time. The owner may read the
 * count. */
static bool is_inner(const pthread_mutex_t *m)
{
    return unlikely(glibc_is_recursive(m)) && glibc_lock_count(m) > 1;
}

/* An error-checking mutex refuses its owner with EDEADLK, and does not wait. */
static bool is_refused(const pthread_mutex_t *m)
{
    return glibc_is_errorcheck(m) && glibc_is_owned_by(m, self.own->tid);
}

/* EOWNERDEAD: its last owner ended while holding it, but now it is locked. */
static inline __attribute__((always_inline)) int acquired(struct thread *t, int result, pthread_mutex_t *m,
                                                          uint32_t how, uint64_t site, uint64_t frame)
{
    if ((result == 0 || result == EOWNERDEAD) && t != NULL && !is_inner(m))
        hold_acquire(t, m, HOLD_AS(KIND_MUTEX, how), site, frame);
    return result;
}

struct mutex_call {
    pthread_mutex_t *mutex;
    struct deadline until;
};

static int lock_really(void *argument)
{
    const struct mutex_call *x = argument;
    if (x->until.time == NULL)
        return real.pthread_mutex_lock(x->mutex);
    if (x->until.plain)
        return real.pthread_mutex_timedlock(x->mutex, x->until.time);
    return real.pthread_mutex_clocklock(x->mutex, x->until.clock, x->until.time);
}

static int lock_patiently(void *argument)
{
    const struct mutex_call *x = argument;
    return x->until.time == NULL ? patience_lock(x->mutex) : lock_really(argument);
}

/* `tried`: what libc's trylock returned. */
__attribute__((noinline)) static int lock_slowly(const struct mutex_call *x, int tried, uint64_t site, uint64_t frame)
{
    const struct wait w = {.call = {(uint64_t)(uintptr_t)x->mutex, KIND_MUTEX, site, frame},
                           .how = deadline_want(&x->until),
                           .traits = glibc_mutex_traits(x->mutex),
                           .block = lock_patiently,
                           .argument = (void *)(uintptr_t)x};
    int result = tried;
    if (tried == ENOTRECOVERABLE)
        glibc_unlock_not_recoverable(x->mutex, self.own->tid);
    if (tried == EBUSY)
        result = is_refused(x->mutex) ? lock_really((void *)(uintptr_t)x) : wait_run(&w);
    if (result == EDEADLK)
        misuse_relock(&w.call, w.how);
    if (result == ETIMEDOUT) {
        hold_asked(self_watched(), x->mutex, HOLD_AS(KIND_MUTEX, HOW_TIMED), site, frame);
        renewed_failed(&w.call, 0, w.traits, 0);
    }
    return acquired(self_watched(), result, x->mutex, deadline_how(&x->until), site, frame);
}

static inline __attribute__((always_inline)) int lock_mutex(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return real.pthread_mutex_lock(m);
    /* While there is one thread, libc locks without atomics, but its trylock with them; and a free mutex stays free. */
    int result =
        __libc_single_threaded && glibc_is_free(m) ? real.pthread_mutex_lock(m) : real.pthread_mutex_trylock(m);
    if (unlikely(result != 0)) {
        const struct mutex_call x = {.mutex = m};
        return lock_slowly(&x, result, site, frame);
    }
    return acquired(t, 0, m, 0, site, frame);
}

/* As a function of its own, so that the common mutex is spared its registers. */
__attribute__((noinline)) static int lock_called(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    return lock_mutex(m, site, frame);
}

/* No common mutex. */
__attribute__((noinline)) static int lock_other(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    struct thread *t = self_inlined();
    if (unlikely(t == NULL) || !inlined_is_recursive(m))
        return lock_called(m, site, frame);
    if (inlined_recursive_again(m, t->tid))
        return 0;
    if (callers_framed(frame) || !inlined_recursive_lock(m, t->tid))
        return lock_called(m, site, frame);
    recent_locks_note((uint64_t)(uintptr_t)m, HOLD_AS(KIND_MUTEX, 0));
    return hold_push(t, (uint64_t)(uintptr_t)m, site, frame);
}

/* `call`: as held_lock.call has it. */
static inline __attribute__((always_inline)) int lock_inlined(pthread_mutex_t *m, struct thread *t, uint64_t call,
                                                              uint64_t site, uint64_t frame)
{
    if (unlikely(!inlined_mutex_lock(m, t->tid)))
        return lock_called(m, site, frame);
    recent_locks_note((uint64_t)(uintptr_t)m, HOLD_AS(KIND_MUTEX, 0));
    return hold_push(t, (uint64_t)(uintptr_t)m, call, frame);
}

/* For a caller that keeps a frame pointer. */
__attribute__((noinline)) static int lock_framed(pthread_mutex_t *m, uint64_t site, uint64_t frame, struct thread *t)
{
    uint64_t call;
    return callers_find(site, frame, arch_frame_pointer(), &call) ? lock_inlined(m, t, call, site, frame)
                                                                  : lock_called(m, site, frame);
}

EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
    struct thread *t = self_inlined();
    if (unlikely(t == NULL) || unlikely(!inlined_is_common(m)))
        return lock_other(m, CALL_SITE, CALL_FRAME);
    if (callers_framed(CALL_FRAME))
        return lock_framed(m, CALL_SITE, CALL_FRAME, t);
    return lock_inlined(m, t, CALL_SITE, CALL_SITE, CALL_FRAME);
}

int hook_mutex_lock(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    return lock_mutex(m, site, frame);
}

__attribute__((noinline)) static int tried_in_vain(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    const struct call c = {(uint64_t)(uintptr_t)m, KIND_MUTEX, call_site_of(site, frame), frame};
    renewed_failed(&c, 0, glibc_mutex_traits(m), 0);
    return EBUSY;
}

int hook_mutex_trylock(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    int result = real.pthread_mutex_trylock(m);
    return result == EBUSY ? tried_in_vain(m, site, frame) : acquired(t, result, m, HOW_TRIED, site, frame);
}

static inline __attribute__((always_inline)) int trylock_inlined(pthread_mutex_t *m, struct thread *t, uint64_t call,
                                                                 uint64_t site, uint64_t frame)
{
    if (unlikely(!inlined_mutex_lock(m, t->tid)))
        return tried_in_vain(m, site, frame);
    return hold_push(t, (uint64_t)(uintptr_t)m, call | hold_bits(HOLD_AS(KIND_MUTEX, HOW_TRIED)), frame);
}

__attribute__((noinline)) static int trylock_framed(pthread_mutex_t *m, uint64_t site, uint64_t frame, struct thread *t)
{
    uint64_t call;
    return callers_find(site, frame, arch_frame_pointer(), &call) ? trylock_inlined(m, t, call, site, frame)
                                                                  : hook_mutex_trylock(m, site, frame);
}

EXPORT int pthread_mutex_trylock(pthread_mutex_t *m)
{
    struct thread *t = self_inlined();
    if (unlikely(t == NULL) || unlikely(!inlined_is_common(m)))
        return hook_mutex_trylock(m, CALL_SITE, CALL_FRAME);
    if (callers_framed(CALL_FRAME))
        return trylock_framed(m, CALL_SITE, CALL_FRAME, t);
    return trylock_inlined(m, t, CALL_SITE, CALL_SITE, CALL_FRAME);
}

static int lock_timed(const struct mutex_call *x, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return lock_really((void *)(uintptr_t)x);
    int result = real.pthread_mutex_trylock(x->mutex);
    if (result != 0)
        return lock_slowly(x, result, site, frame);
    return acquired(t, 0, x->mutex, HOW_TIMED, site, frame);
}

int hook_mutex_timedlock(pthread_mutex_t *m, const struct timespec *time, uint64_t site, uint64_t frame)
{
    const struct mutex_call x = {.mutex = m, .until = {.time = time, .plain = true}};
    return lock_timed(&x, site, frame);
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *time)
{
    return hook_mutex_timedlock(m, time, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock, const struct timespec *time)
{
    const struct mutex_call x = {.mutex = m, .until = {.time = time, .clock = clock}};
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return real.pthread_mutex_clocklock(m, clock, time); /* it refuses the clock before it looks at the mutex */
    return lock_timed(&x, CALL_SITE, CALL_FRAME);
}

/* The mutex is free, or another thread's, or not known to be held by this one. */
__attribute__((noinline)) static void before_suspicious_unlock(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    const struct call c = {(uint64_t)(uintptr_t)m, KIND_MUTEX, call_site_of(site, frame), frame};
    misuse_unlock(&c);
    if (glibc_is_free(m))
        misuse_drop_holds(&c);
}

static inline __attribute__((always_inline)) int unlock_mutex(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return real.pthread_mutex_unlock(m);
    bool suspicious;
    if (unlikely(glibc_is_free(m)))
        suspicious = true;
    else if (is_inner(m))
        suspicious = !glibc_is_owned_by(m, t->tid);
    else
        suspicious = !hold_release(t, m);
    if (unlikely(suspicious))
        before_suspicious_unlock(m, site, frame);
    return real.pthread_mutex_unlock(m);
}

__attribute__((noinline)) static int unlock_called(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    return unlock_mutex(m, site, frame);
}

/* It has waiters, or was not locked, although the thread held it. */
__attribute__((noinline)) static int unlock_rarely(pthread_mutex_t *m, int before, uint64_t site, uint64_t frame)
{
    if (before != 0)
        inlined_mutex_wake(m);
    else
        before_suspicious_unlock(m, site, frame);
    return 0;
}

__attribute__((noinline)) static int unlock_other(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    struct thread *t = self_inlined();
    if (unlikely(t == NULL) || !inlined_is_recursive(m))
        return unlock_called(m, site, frame);
    if (inlined_recursive_leave(m, t->tid))
        return 0;
    if (!inlined_recursive_is_last(m, t->tid) || !hold_pop(t, m))
        return unlock_called(m, site, frame);
    int before = inlined_recursive_unlock(m);
    return likely(before == 1) ? 0 : unlock_rarely(m, before, site, frame);
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *m)
{
    struct thread *t = self_inlined();
    if (unlikely(t == NULL) || unlikely(!inlined_is_common(m)))
        return unlock_other(m, CALL_SITE, CALL_FRAME);
    if (unlikely(!hold_pop(t, m)) && !hold_pop_second(t, m))
        return unlock_called(m, CALL_SITE, CALL_FRAME);
    int before = inlined_mutex_unlock(m);
    return likely(before == 1) ? 0 : unlock_rarely(m, before, CALL_SITE, CALL_FRAME);
}

int hook_mutex_unlock(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    return unlock_mutex(m, site, frame);
}

__attribute__((noinline)) static int init_slowly(pthread_mutex_t *m, const pthread_mutexattr_t *attributes,
                                                 uint64_t site, uint64_t frame)
{
    const struct lifecycle l = lifecycle_init_by(&(struct call){(uint64_t)(uintptr_t)m, KIND_MUTEX, site, frame});
    return lifecycle_initialised(l, real.pthread_mutex_init(m, attributes), NULL);
}

EXPORT int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
    if (likely(attributes == NULL) && likely(lifecycle_begun(m, KIND_MUTEX)))
        return real.pthread_mutex_init(m, NULL);
    return init_slowly(m, attributes, CALL_SITE, CALL_FRAME);
}

__attribute__((noinline)) static int destroy_slowly(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    const struct lifecycle l = lifecycle_destroy_by(&(struct call){(uint64_t)(uintptr_t)m, KIND_MUTEX, site, frame});
    return lifecycle_destroyed(l, real.pthread_mutex_destroy(m));
}

/* It refuses nothing but a mutex in use. */
EXPORT int pthread_mutex_destroy(pthread_mutex_t *m)
{
    if (likely(lifecycle_ended(m, KIND_MUTEX)))
        return real.pthread_mutex_destroy(m);
    return destroy_slowly(m, CALL_SITE, CALL_FRAME);
}
