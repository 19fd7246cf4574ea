/*
 * The mutex calls. Each wrapper is: the door, libc's own call, a word to hold.h; what blocks goes through wait.h.
 */
#include "preload/hold/hold.h"
#include "preload/hooks/hooks.h"
#include "preload/hooks/lifecycle.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

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
static inline __attribute__((always_inline)) int mutex_taken(struct thread *t, int result, pthread_mutex_t *m,
                                                             uint32_t how, uint64_t site, uint64_t frame)
{
    if ((result == 0 || result == EOWNERDEAD) && t != NULL && !is_inner(m))
        hold_acquire(t, m, HOLD_AS(KIND_MUTEX, how), site, frame);
    return result;
}

/* A wait with a time-out is one on the clock that its call names. */
struct locking {
    pthread_mutex_t *mutex;
    clockid_t clock;
    const struct timespec *time; /* NULL: no time-out */
    bool plain;                  /* pthread_mutex_timedlock, which takes no clock */
};

static int block(void *argument)
{
    const struct locking *x = argument;
    if (x->time == NULL)
        return real.pthread_mutex_lock(x->mutex);
    if (x->plain)
        return real.pthread_mutex_timedlock(x->mutex, x->time);
    return real.pthread_mutex_clocklock(x->mutex, x->clock, x->time);
}

/*
 * A robust mutex that cannot be recovered: glibc's trylock refuses it, but leaves it locked; its lock does not
 * (nptl/pthread_mutex_trylock.c, pthread_mutex_lock.c).
 */
static void let_go(pthread_mutex_t *m)
{
    enum { NOT_RECOVERABLE = INT_MAX - 1, PROCESS_SHARED = 128 };
    int *word = &m->__data.__lock;
    if (m->__data.__owner != NOT_RECOVERABLE || (uint32_t)(*word & FUTEX_TID_MASK) != self.own->tid)
        return;
    uint32_t was = (uint32_t)__atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST);
    if ((was & FUTEX_WAITERS) != 0)
        syscall(SYS_futex, word, (m->__data.__kind & PROCESS_SHARED) != 0 ? FUTEX_WAKE : FUTEX_WAKE_PRIVATE, 1);
}

/* `tried` is what libc's trylock said. */
__attribute__((noinline)) static int lock_slowly(const struct locking *x, int tried, uint64_t site, uint64_t frame)
{
    const struct wait w = {.address = (uint64_t)(uintptr_t)x->mutex,
                           .kind = KIND_MUTEX,
                           .how = x->time != NULL ? WANT_TIMED : 0,
                           .traits = glibc_mutex_traits(x->mutex),
                           .site = site,
                           .frame = frame,
                           .call = block,
                           .argument = (void *)(uintptr_t)x};
    int result = tried;
    if (tried == ENOTRECOVERABLE)
        let_go(x->mutex);
    if (tried == EBUSY)
        result = is_refused(x->mutex) ? block((void *)(uintptr_t)x) : wait_run(&w);
    if (result == EDEADLK)
        misuse_relock(&(struct call){w.address, KIND_MUTEX, site, frame}, w.how);
    return mutex_taken(self_watched(), result, x->mutex, x->time != NULL ? HOW_TIMED : 0, site, frame);
}

static inline __attribute__((always_inline)) int lock(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return real.pthread_mutex_lock(m);
    /* While there is one thread, libc locks without atomics, but its trylock does not know; and nobody can be in the
     * way. */
    int result =
        __libc_single_threaded && m->__data.__lock == 0 ? real.pthread_mutex_lock(m) : real.pthread_mutex_trylock(m);
    if (unlikely(result != 0)) {
        const struct locking x = {.mutex = m};
        return lock_slowly(&x, result, site, frame);
    }
    return mutex_taken(t, 0, m, 0, site, frame);
}

EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
    return lock(m, CALL_SITE, CALL_FRAME);
}

int hook_mutex_lock(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    return lock(m, site, frame);
}

int hook_mutex_trylock(pthread_mutex_t *m, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    return mutex_taken(t, real.pthread_mutex_trylock(m), m, HOW_TRIED, site, frame);
}

EXPORT int pthread_mutex_trylock(pthread_mutex_t *m)
{
    return hook_mutex_trylock(m, CALL_SITE, CALL_FRAME);
}

static int lock_timed(const struct locking *x, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return block((void *)(uintptr_t)x);
    int result = real.pthread_mutex_trylock(x->mutex);
    if (result != 0)
        return lock_slowly(x, result, site, frame);
    return mutex_taken(t, 0, x->mutex, HOW_TIMED, site, frame);
}

int hook_mutex_timedlock(pthread_mutex_t *m, const struct timespec *time, uint64_t site, uint64_t frame)
{
    const struct locking x = {.mutex = m, .time = time, .plain = true};
    return lock_timed(&x, site, frame);
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *time)
{
    return hook_mutex_timedlock(m, time, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock, const struct timespec *time)
{
    const struct locking x = {.mutex = m, .clock = clock, .time = time};
    real_find();
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return real.pthread_mutex_clocklock(m, clock, time); /* which refuses it before it looks at the mutex */
    return lock_timed(&x, CALL_SITE, CALL_FRAME);
}

static bool is_own(const pthread_mutex_t *m, const struct thread *t)
{
    return m->__data.__owner == (int)t->tid;
}

/* It is free, or more than once another thread's, or not among what this thread holds. */
__attribute__((noinline)) static void unlock_oddly(pthread_mutex_t *m, uint64_t frame)
{
    const struct call c = {(uint64_t)(uintptr_t)m, KIND_MUTEX, call_site_of(frame), frame};
    misuse_unlock(&c);
    if (m->__data.__lock == 0)
        misuse_over(&c);
}

static inline __attribute__((always_inline)) int unlock(pthread_mutex_t *m, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return real.pthread_mutex_unlock(m);
    bool odd;
    if (unlikely(m->__data.__lock == 0))
        odd = true;
    else if (is_inner(m))
        odd = !is_own(m, t);
    else
        odd = !hold_release_noted(t, m) && !hold_release_nested(t, (uint64_t)(uintptr_t)m, true);
    if (unlikely(odd))
        unlock_oddly(m, frame);
    return real.pthread_mutex_unlock(m);
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *m)
{
    return unlock(m, CALL_FRAME);
}

int hook_mutex_unlock(pthread_mutex_t *m, uint64_t frame)
{
    return unlock(m, frame);
}

EXPORT int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
    const struct lifecycle l = lifecycle_init(CALL_ABOUT(m, KIND_MUTEX));
    return lifecycle_initialised(l, real.pthread_mutex_init(m, attributes), NULL);
}

EXPORT int pthread_mutex_destroy(pthread_mutex_t *m)
{
    const struct lifecycle l = lifecycle_destroy(CALL_ABOUT(m, KIND_MUTEX));
    return lifecycle_destroyed(l, real.pthread_mutex_destroy(m));
}
