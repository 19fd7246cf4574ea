#include "preload/wait/patience.h"

#include "detect/deadlock/stall.h"
#include "preload/os/fork_guard.h"
#include "preload/os/glibc.h"
#include "preload/os/loaded.h"
#include "preload/wait/kernel_look.h"
#include "preload/wait/kernel_wants.h"
#include "preload/wait/wait.h"
#include "record/kernel_word.h"

#include <errno.h>
#include <time.h>

enum { LOOKS = 8 };

static void add(struct timespec *time, uint64_t nanoseconds)
{
    enum { SECOND = 1000000000 };
    nanoseconds += (uint64_t)time->tv_nsec;
    time->tv_sec += (time_t)(nanoseconds / SECOND);
    time->tv_nsec = (long)(nanoseconds % SECOND);
}

#ifdef __GLIBC__
enum { CLOCK = CLOCK_MONOTONIC };

static bool may_time(void)
{
    return fork_guard_inlines;
}

static int lock_until(pthread_mutex_t *m, const struct timespec *until)
{
    return real.pthread_mutex_clocklock(m, CLOCK, until);
}

static int join_until(pthread_t thread, void **value, const struct timespec *until)
{
    return real.pthread_clockjoin_np(thread, value, CLOCK, until);
}
#else
enum { CLOCK = CLOCK_REALTIME }; /* If that is set, some looks are too early, or late. */

/* Whether libc itself would be called. */
static bool may_time(void)
{
    static _Atomic int known; /* 1: it would not; 2: it would */
    if (unlikely(known == 0))
        known = 1 + (loaded_at(real_address(&real.pthread_mutex_timedlock)) == loaded_libc() &&
                     loaded_at(real_address(&real.pthread_timedjoin_np)) == loaded_libc());
    return known == 2;
}

static int lock_until(pthread_mutex_t *m, const struct timespec *until)
{
    return real.pthread_mutex_timedlock(m, until);
}

static int join_until(pthread_t thread, void **value, const struct timespec *until)
{
    return real.pthread_timedjoin_np(thread, value, until);
}
#endif

int patience_lock(pthread_mutex_t *m)
{
    struct timespec until;
    if (!may_time() || (glibc_mutex_traits(m) & (TRAIT_INHERIT | TRAIT_PROTECT)) != 0)
        return real.pthread_mutex_lock(m);
    clock_gettime(CLOCK, &until);
    add(&until, STALL_AGE + PATIENCE_STEP);
    until.tv_nsec += PATIENCE_MARK - until.tv_nsec % PATIENCE_STEP;
    int result = lock_until(m, &until);
    for (int i = 0; i < LOOKS && result == ETIMEDOUT; i++) {
        kernel_look(i > 0);
        add(&until, PATIENCE_STEP);
        result = lock_until(m, &until);
    }
    if (result != ETIMEDOUT)
        return result;
    wait_look_again();
    return real.pthread_mutex_lock(m);
}

int patience_join(pthread_t thread, void **value)
{
    struct timespec until;
    if (!may_time())
        return real.pthread_join(thread, value);
    clock_gettime(CLOCK, &until);
    add(&until, STALL_AGE);
    int result = join_until(thread, value, &until);
    for (int i = 0; i < LOOKS && result == ETIMEDOUT && (i == 0 || kernel_wants_any()); i++) {
        kernel_look(i > 0);
        add(&until, PATIENCE_STEP);
        result = join_until(thread, value, &until);
    }
    if (result != ETIMEDOUT)
        return result;
    wait_look_again();
    return real.pthread_join(thread, value);
}
