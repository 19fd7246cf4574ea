/*
 * The mutex calls. Each wrapper is: the door, libc's own call, a word to hold.h; what blocks goes through wait.h.
 */
#include "preload/clock.h"
#include "preload/hold.h"
#include "preload/process.h"
#include "preload/wait.h"

#include <sys/single_threaded.h>

static bool is_recursive(const pthread_mutex_t *m)
{
    return (m->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE_NP;
}

/* Locking again what one holds adds nothing, and so does all but the last unlocking. The owner may read the count. */
static bool is_inner(const pthread_mutex_t *m)
{
    return unlikely(is_recursive(m)) && m->__data.__count > 1;
}

/* An error-checking mutex refuses its owner with EDEADLK, and does not wait. */
static bool is_refused(const pthread_mutex_t *m)
{
    return (m->__data.__kind & 3) == PTHREAD_MUTEX_ERRORCHECK_NP && m->__data.__owner == (int)self.own->tid;
}

/* EOWNERDEAD: its last owner died with it, but now it is locked. */
static inline int mutex_taken(int result, pthread_mutex_t *m, uint32_t how, uint64_t site, uint64_t frame)
{
    struct thread *t = self.slot;
    if ((result == 0 || result == EOWNERDEAD) && t != NULL && !is_inner(m))
        hold_take(t, m, HOLD_AS(KIND_MUTEX, how), site, frame);
    return result;
}

/* A thread that waits with a time-out of its own does so on the clock that its call names. */
struct deadline {
    clockid_t clock;
    const struct timespec *time; /* NULL: no time-out */
    bool plain;                  /* pthread_mutex_timedlock, which takes no clock */
};

static int lock_until(pthread_mutex_t *m, const struct deadline *d)
{
    if (d->time == NULL)
        return real.pthread_mutex_lock(m);
    if (d->plain)
        return real.pthread_mutex_timedlock(m, d->time);
    return real.pthread_mutex_clocklock(m, d->clock, d->time);
}

__attribute__((noinline)) static int lock_slowly(pthread_mutex_t *m, const struct deadline *d, uint64_t site,
                                                 uint64_t frame)
{
    struct wait w;
    struct wait_for want = {.address = (uint64_t)(uintptr_t)m, .kind = KIND_MUTEX, .site = site, .frame = frame};
    int result = ETIMEDOUT;
    if (is_refused(m))
        return lock_until(m, d);
    want.traits = lock_mutex_traits(m);
    want.how = d->time != NULL ? WANT_TIMED : 0;
    wait_begin(&w, &want);
    bool again = wait_look(&w);
    while (again && result == ETIMEDOUT) {
        struct timespec until = wait_patience(&w, CLOCK_REALTIME);
        result = real.pthread_mutex_timedlock(m, &until);
        again = result == ETIMEDOUT && wait_look_again(&w);
    }
    if (result == ETIMEDOUT)
        result = lock_until(m, d);
    wait_end(&w, false);
    return mutex_taken(result, m, d->time != NULL ? HOW_TIMED : 0, site, frame);
}

/* The door was shut: open it for a thread that we did not know, and forward for all others. */
static bool may_come_in(void)
{
    real_find();
    return process_meet();
}

EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
    if (unlikely(self.slot == NULL) && !may_come_in())
        return real.pthread_mutex_lock(m);
    /* While there is one thread, libc locks without atomics, but its trylock does not know; and nobody can be in the way. */
    int result = __libc_single_threaded && m->__data.__lock == 0 ? real.pthread_mutex_lock(m)
                                                                 : real.pthread_mutex_trylock(m);
    if (unlikely(result == EBUSY)) {
        const struct deadline none = {.time = NULL};
        return lock_slowly(m, &none, CALL_SITE, CALL_FRAME);
    }
    return mutex_taken(result, m, 0, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_mutex_trylock(pthread_mutex_t *m)
{
    if (unlikely(self.slot == NULL) && !may_come_in())
        return real.pthread_mutex_trylock(m);
    return mutex_taken(real.pthread_mutex_trylock(m), m, HOW_TRIED, CALL_SITE, CALL_FRAME);
}

static int lock_timed(pthread_mutex_t *m, const struct deadline *d, uint64_t site, uint64_t frame)
{
    if (unlikely(self.slot == NULL) && !may_come_in())
        return lock_until(m, d);
    int result = real.pthread_mutex_trylock(m);
    if (result == EBUSY)
        return lock_slowly(m, d, site, frame);
    return mutex_taken(result, m, HOW_TIMED, site, frame);
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *time)
{
    const struct deadline d = {.time = time, .plain = true};
    return lock_timed(m, &d, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock, const struct timespec *time)
{
    const struct deadline d = {.clock = clock, .time = time};
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return real.pthread_mutex_clocklock(m, clock, time); /* which refuses it before it looks at the mutex */
    return lock_timed(m, &d, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *m)
{
    struct thread *t = self.slot;
    if (unlikely(t == NULL) && !may_come_in())
        return real.pthread_mutex_unlock(m);
    t = self.slot;
    if (!is_inner(m))
        hold_give(t, m, m->__data.__owner == (int)t->tid);
    return real.pthread_mutex_unlock(m);
}

EXPORT int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
    real_find();
    int result = real.pthread_mutex_init(m, attributes);
    if (result == 0)
        lock_begin_mutex((uint64_t)(uintptr_t)m, CALL_SITE);
    return result;
}

EXPORT int pthread_mutex_destroy(pthread_mutex_t *m)
{
    real_find();
    int result = real.pthread_mutex_destroy(m);
    if (result == 0)
        lock_end((uint64_t)(uintptr_t)m);
    return result;
}
