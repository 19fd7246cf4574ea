/*
 * The semaphore calls. A unit that a thread acquired counts as held, until a thread posts that acquired none: from then
 * on it is an event semaphore, which no thread holds (preload/hold/hold.h). sem_post may be called from a signal
 * handler.
 */
#include "preload/hold/hold.h"
#include "preload/hold/sync_point.h"
#include "preload/hooks/hooks.h"
#include "preload/hooks/lifecycle.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/os/inlined.h"
#include "preload/thread/thread.h"
#include "preload/wait/renewed.h"
#include "preload/wait/wait.h"
#include "preload/wait/wakers.h"

#include <fcntl.h>
#include <stdarg.h>

/* `how`: enum hold_how. An event semaphore is not held; but the thread waited for it, or could have had to. */
static inline void acquired(struct thread *t, sem_t *s, uint32_t how, uint64_t site, uint64_t frame)
{
    if (t == NULL)
        return;
    if (likely(!lock_is_signal((uint64_t)(uintptr_t)s))) {
        hold_drop_units(t);
        hold_acquire(t, s, HOLD_AS(KIND_SEMAPHORE, how), site, frame);
        return;
    }
    recent_locks_signal((uint64_t)(uintptr_t)s);
    if ((how & HOW_TRIED) == 0)
        hold_wait(t, s, HOLD_AS(KIND_SEMAPHORE, how), site, frame);
    if (!sync_point_over((uint64_t)(uintptr_t)s))
        sync_point_waited((uint64_t)(uintptr_t)s);
}

/* The wait failed: its time ran out, or a signal handler interrupted it. */
static void not_acquired(sem_t *s, uint32_t how, uint64_t site, uint64_t frame)
{
    if (self_watched() == NULL)
        return;
    if (lock_is_signal((uint64_t)(uintptr_t)s))
        hold_wait(self.slot, s, HOLD_AS(KIND_SEMAPHORE, how), site, frame);
    else if ((how & HOW_TIMED) != 0)
        hold_asked(self.slot, s, HOLD_AS(KIND_SEMAPHORE, how), site, frame);
}

struct semaphore_call {
    sem_t *semaphore;
    struct deadline until;
};

static int wait_really(void *argument)
{
    const struct semaphore_call *x = argument;
    int result;
    if (x->until.time == NULL)
        result = real.sem_wait(x->semaphore);
    else if (x->until.plain)
        result = real.sem_timedwait(x->semaphore, x->until.time);
    else
        result = real.sem_clockwait(x->semaphore, x->until.clock, x->until.time);
    return result == 0 ? 0 : errno;
}

__attribute__((noinline)) static int wait_slowly(const struct semaphore_call *x, uint64_t site, uint64_t frame)
{
    const struct wait w = {.call = {(uint64_t)(uintptr_t)x->semaphore, KIND_SEMAPHORE, site, frame},
                           .how = deadline_want(&x->until),
                           .block = wait_really,
                           .argument = (void *)(uintptr_t)x};
    int result = wait_run(&w);
    if (result == 0)
        acquired(self_watched(), x->semaphore, deadline_how(&x->until), site, frame);
    else {
        not_acquired(x->semaphore, deadline_how(&x->until), site, frame);
        if (result == ETIMEDOUT)
            renewed_failed(&w.call, 0, 0, 0);
        errno = result;
    }
    return result == 0 ? 0 : -1;
}

__attribute__((noinline)) static int wait_called(sem_t *s, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return real.sem_wait(s);
    pthread_testcancel(); /* a cancellation point even where there is a unit, as in glibc */
    if (!glibc_acquire_unit(s)) {
        const struct semaphore_call x = {.semaphore = s};
        return wait_slowly(&x, site, frame);
    }
    acquired(t, s, 0, site, frame);
    return 0;
}

static inline __attribute__((always_inline)) int wait_inlined(sem_t *s, struct thread *t, uint64_t call, uint64_t site,
                                                              uint64_t frame)
{
    const uint64_t address = (uint64_t)(uintptr_t)s;
    const uint32_t as = HOLD_AS(KIND_SEMAPHORE, 0);
    if (unlikely(!inlined_sem_wait(s)))
        return wait_called(s, site, frame);
    recent_locks_note(address, as);
    hold_drop_units(t);
    return hold_push(t, address, call | hold_bits(as), frame);
}

/* For a caller that keeps a frame pointer. */
__attribute__((noinline)) static int wait_framed(sem_t *s, uint64_t site, uint64_t frame, struct thread *t)
{
    uint64_t call;
    return callers_find(site, frame, arch_frame_pointer(), &call) ? wait_inlined(s, t, call, site, frame)
                                                                  : wait_called(s, site, frame);
}

EXPORT int sem_wait(sem_t *s)
{
    struct thread *t = self_inlined();
    if (unlikely(t == NULL) || unlikely(atomic_load_explicit(&hooks_cancels, memory_order_relaxed)) ||
        unlikely(lock_may_be_signal((uint64_t)(uintptr_t)s)))
        return wait_called(s, CALL_SITE, CALL_FRAME);
    if (callers_framed(CALL_FRAME))
        return wait_framed(s, CALL_SITE, CALL_FRAME, t);
    return wait_inlined(s, t, CALL_SITE, CALL_SITE, CALL_FRAME);
}

static int wait_timed(const struct semaphore_call *x, uint64_t site, uint64_t frame)
{
    pthread_testcancel();
    if (!glibc_acquire_unit(x->semaphore))
        return wait_slowly(x, site, frame);
    acquired(self_watched(), x->semaphore, HOW_TIMED, site, frame);
    return 0;
}

static bool is_time(const struct timespec *time)
{
    return time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

EXPORT int sem_timedwait(sem_t *s, const struct timespec *time)
{
    const struct semaphore_call x = {.semaphore = s, .until = {.time = time, .plain = true}};
    if (thread_watched() == NULL || !is_time(time))
        return real.sem_timedwait(s, time);
    return wait_timed(&x, CALL_SITE, CALL_FRAME);
}

EXPORT int sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *time)
{
    const struct semaphore_call x = {.semaphore = s, .until = {.time = time, .clock = clock}};
    if (thread_watched() == NULL || !is_time(time) || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return real.sem_clockwait(s, clock, time);
    return wait_timed(&x, CALL_SITE, CALL_FRAME);
}

EXPORT int sem_trywait(sem_t *s)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return real.sem_trywait(s);
    int result = real.sem_trywait(s);
    if (result == 0)
        acquired(t, s, HOW_TRIED, CALL_SITE, CALL_FRAME);
    else if (errno == EAGAIN)
        renewed_failed(&CALL_ABOUT(s, KIND_SEMAPHORE), 0, 0, 0);
    return result;
}

__attribute__((noinline)) static int post_really(sem_t *s)
{
    return real.sem_post(s);
}

__attribute__((noinline)) static int post_called(sem_t *s, uint64_t site, uint64_t frame)
{
    uint64_t address = (uint64_t)(uintptr_t)s;
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return real.sem_post(s);
    if (hold_release_unit(t, address))
        hold_posted_own(address);
    else {
        const struct lock_traits what = {.kind = KIND_SEMAPHORE, .site = site};
        wakers_posted(t, address, &what, frame);
    }
    return real.sem_post(s);
}

EXPORT int sem_post(sem_t *s)
{
    struct thread *t = self_inlined();
    const uint64_t address = (uint64_t)(uintptr_t)s;
    if (unlikely(t == NULL) || unlikely(!hold_posted_is_own(address)) || unlikely(!hold_release_last_unit(t, address)))
        return post_called(s, CALL_SITE, CALL_FRAME);
    return likely(inlined_sem_post(s)) ? 0 : post_really(s);
}

EXPORT int sem_init(sem_t *s, int shared, unsigned value)
{
    const struct lock_traits known = {.kind = KIND_SEMAPHORE,
                                      .value = value,
                                      .site = CALL_SITE,
                                      .traits = TRAIT_VALUE_KNOWN | (shared != 0 ? TRAIT_SHARED : 0)};
    const struct lifecycle l = lifecycle_init(s, KIND_SEMAPHORE);
    if (value == 0)
        self.made[self.mades++ % SELF_MADE] = (struct self_made){(uint64_t)(uintptr_t)s, CALL_FRAME};
    return lifecycle_initialised(l, real.sem_init(s, shared, value), &known);
}

EXPORT int sem_destroy(sem_t *s)
{
    const struct lifecycle l = lifecycle_destroy(s, KIND_SEMAPHORE);
    return lifecycle_destroyed(l, real.sem_destroy(s));
}

/* A named semaphore that is opened again in the same process has the same address, and stays what it is. */
EXPORT sem_t *sem_open(const char *name, int flags, ...)
{
    va_list arguments;
    mode_t mode = 0;
    unsigned value = 0;
    if ((flags & O_CREAT) != 0) {
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        value = va_arg(arguments, unsigned);
        va_end(arguments);
    }
    sem_t *s = real.sem_open(name, flags, mode, value);
    bool made = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    if (s != SEM_FAILED && !lock_is_known((uint64_t)(uintptr_t)s)) {
        const struct lock_traits what = {.kind = KIND_SEMAPHORE,
                                         .value = made ? value : 0,
                                         .site = CALL_SITE,
                                         .traits = TRAIT_SHARED | (made ? TRAIT_VALUE_KNOWN : 0)};
        lock_begin_known((uint64_t)(uintptr_t)s, &what, name);
    }
    return s;
}

/* The last close of as many as there were opens ends it: libc unmaps it, without calling our munmap. */
EXPORT int sem_close(sem_t *s)
{
    int result = real.sem_close(s);
    const struct lifecycle l = {CALL_ABOUT(s, KIND_SEMAPHORE), false};
    if (result == 0 && !glibc_is_readable(l.call.address))
        lifecycle_destroyed(l, 0);
    return result;
}

EXPORT int sem_unlink(const char *name)
{
    return real.sem_unlink(name);
}
