/*
 * The semaphore calls. What a thread takes counts as held until a thread that took none gives one back: from then on the
 * semaphore is a signal, and nobody holds it (preload/hold.h). sem_post may be called from a signal handler.
 */
#include "preload/clock.h"
#include "preload/hold.h"
#include "preload/process.h"
#include "preload/wait.h"

#include <fcntl.h>
#include <stdarg.h>

static bool may_come_in(void)
{
    real_find();
    return process_meet();
}

static inline void taken(sem_t *s, uint32_t how, uint64_t site, uint64_t frame)
{
    struct thread *t = self.slot;
    if (t != NULL && !lock_is_signal((uint64_t)(uintptr_t)s))
        hold_take(t, s, HOLD_AS(KIND_SEMAPHORE, how), site, frame);
}

struct deadline {
    clockid_t clock;
    const struct timespec *time; /* NULL: no time-out */
    bool plain;                  /* sem_timedwait, which takes no clock */
};

static int wait_until(sem_t *s, const struct deadline *d)
{
    if (d->time == NULL)
        return real.sem_wait(s);
    if (d->plain)
        return real.sem_timedwait(s, d->time);
    return real.sem_clockwait(s, d->clock, d->time);
}

__attribute__((noinline)) static int wait_slowly(sem_t *s, const struct deadline *d, uint64_t site, uint64_t frame)
{
    struct wait w;
    struct wait_for want = {.address = (uint64_t)(uintptr_t)s, .kind = KIND_SEMAPHORE, .site = site, .frame = frame};
    int result = -1;
    want.how = d->time != NULL ? WANT_TIMED : 0;
    wait_begin(&w, &want);
    pthread_cleanup_push(wait_cancelled, &w);
    bool again = wait_look(&w), timed_out = true;
    while (again && timed_out) {
        struct timespec until = wait_patience(&w, CLOCK_MONOTONIC);
        result = real.sem_clockwait(s, CLOCK_MONOTONIC, &until);
        timed_out = result != 0 && errno == ETIMEDOUT;
        again = timed_out && wait_look_again(&w);
    }
    if (timed_out)
        result = wait_until(s, d);
    pthread_cleanup_pop(0);
    wait_end(&w, result != 0);
    if (result == 0)
        taken(s, d->time != NULL ? HOW_TIMED : 0, site, frame);
    return result;
}

/*
 * Take a unit if there is one, as glibc does it. Its sem_trywait would say EAGAIN in errno, which a sem_wait that succeeds
 * must not touch.
 */
static inline bool take_unit(sem_t *s)
{
    uint64_t *data = (uint64_t *)(void *)s;
    if (!lock_semaphore_layout)
        return false;
    uint64_t seen = __atomic_load_n(data, __ATOMIC_RELAXED);
    while ((uint32_t)seen != 0)
        if (__atomic_compare_exchange_n(data, &seen, seen - 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

static inline int wait_any(sem_t *s, const struct deadline *d, uint64_t site, uint64_t frame)
{
    if (!take_unit(s))
        return wait_slowly(s, d, site, frame);
    taken(s, d->time != NULL ? HOW_TIMED : 0, site, frame);
    return 0;
}

EXPORT int sem_wait(sem_t *s)
{
    const struct deadline none = {.time = NULL};
    if (unlikely(self.slot == NULL) && !may_come_in())
        return real.sem_wait(s);
    pthread_testcancel(); /* a cancellation point even where it need not wait, as in glibc */
    return wait_any(s, &none, CALL_SITE, CALL_FRAME);
}

EXPORT int sem_timedwait(sem_t *s, const struct timespec *time)
{
    const struct deadline d = {.time = time, .plain = true};
    if ((unlikely(self.slot == NULL) && !may_come_in()) || time->tv_nsec < 0 || time->tv_nsec >= 1000000000)
        return real.sem_timedwait(s, time);
    pthread_testcancel();
    return wait_any(s, &d, CALL_SITE, CALL_FRAME);
}

EXPORT int sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *time)
{
    const struct deadline d = {.clock = clock, .time = time};
    if ((unlikely(self.slot == NULL) && !may_come_in()) || time->tv_nsec < 0 || time->tv_nsec >= 1000000000 ||
        (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return real.sem_clockwait(s, clock, time);
    pthread_testcancel();
    return wait_any(s, &d, CALL_SITE, CALL_FRAME);
}

EXPORT int sem_trywait(sem_t *s)
{
    if (unlikely(self.slot == NULL) && !may_come_in())
        return real.sem_trywait(s);
    int result = real.sem_trywait(s);
    if (result == 0)
        taken(s, HOW_TRIED, CALL_SITE, CALL_FRAME);
    return result;
}

EXPORT int sem_post(sem_t *s)
{
    struct thread *t = self.slot;
    uint64_t address = (uint64_t)(uintptr_t)s;
    if (unlikely(t == NULL) && !may_come_in())
        return real.sem_post(s);
    t = self.slot;
    if (hold_give(t, s, false))
        hold_posted_own(address);
    else
        hold_posted(t, address, CALL_SITE);
    return real.sem_post(s);
}

EXPORT int sem_init(sem_t *s, int shared, unsigned value)
{
    real_find();
    int result = real.sem_init(s, shared, value);
    if (result == 0) {
        const struct lock_traits what = {.kind = KIND_SEMAPHORE, .value = value, .site = CALL_SITE,
                                         .traits = TRAIT_VALUE_KNOWN | (shared != 0 ? TRAIT_SHARED : 0)};
        hold_posted_forget((uint64_t)(uintptr_t)s);
        lock_begin_semaphore((uint64_t)(uintptr_t)s, &what, NULL);
    }
    return result;
}

EXPORT int sem_destroy(sem_t *s)
{
    real_find();
    int result = real.sem_destroy(s);
    if (result == 0)
        lock_end((uint64_t)(uintptr_t)s);
    return result;
}

/* Opened again in the same process, a named semaphore has the same address, and stays what it is. */
EXPORT sem_t *sem_open(const char *name, int flags, ...)
{
    va_list arguments;
    mode_t mode = 0;
    unsigned value = 0;
    real_find();
    if ((flags & O_CREAT) != 0) {
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        value = va_arg(arguments, unsigned);
        va_end(arguments);
    }
    sem_t *s = real.sem_open(name, flags, mode, value);
    bool made = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    if (s != SEM_FAILED && lock_find((uint64_t)(uintptr_t)s) == 0) {
        const struct lock_traits what = {.kind = KIND_SEMAPHORE, .value = made ? value : 0, .site = CALL_SITE,
                                         .traits = TRAIT_SHARED | (made ? TRAIT_VALUE_KNOWN : 0)};
        lock_begin_semaphore((uint64_t)(uintptr_t)s, &what, name);
    }
    return s;
}

/* It may still be open elsewhere in the process: it only ends with its memory. */
EXPORT int sem_close(sem_t *s)
{
    real_find();
    return real.sem_close(s);
}

EXPORT int sem_unlink(const char *name)
{
    real_find();
    return real.sem_unlink(name);
}
