#include "preload/wait/patience.h"

#include "detect/deadlock/stall.h"
#include "preload/os/fork_guard.h"
#include "preload/os/glibc.h"
#include "preload/wait/kernel_look.h"

#include <errno.h>
#include <time.h>

static void add(struct timespec *time, uint64_t nanoseconds)
{
    enum { SECOND = 1000000000 };
    nanoseconds += (uint64_t)time->tv_nsec;
    time->tv_sec += (time_t)(nanoseconds / SECOND);
    time->tv_nsec = (long)(nanoseconds % SECOND);
}

/* `lock`: the call, with a time-out by CLOCK_MONOTONIC, and without one where that is NULL. */
static int wait_patiently(int (*lock)(void *it, const struct timespec *until), void *it)
{
    enum { LOOKS = 8 };
    const uint64_t step = 40 * 1000000ull; /* between two looks */
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    add(&until, STALL_AGE);
    int result = lock(it, &until);
    for (int i = 0; i < LOOKS && result == ETIMEDOUT; i++) {
        kernel_look(i > 0);
        add(&until, step);
        result = lock(it, &until);
    }
    return result == ETIMEDOUT ? lock(it, NULL) : result;
}

static int lock_mutex(void *it, const struct timespec *until)
{
    return until == NULL ? real.pthread_mutex_lock(it) : real.pthread_mutex_clocklock(it, CLOCK_MONOTONIC, until);
}

static int lock_to_read(void *it, const struct timespec *until)
{
    return until == NULL ? real.pthread_rwlock_rdlock(it) : real.pthread_rwlock_clockrdlock(it, CLOCK_MONOTONIC, until);
}

static int lock_to_write(void *it, const struct timespec *until)
{
    return until == NULL ? real.pthread_rwlock_wrlock(it) : real.pthread_rwlock_clockwrlock(it, CLOCK_MONOTONIC, until);
}

int patience_lock(pthread_mutex_t *m)
{
    if (!fork_guard_inlines || (glibc_mutex_traits(m) & (TRAIT_INHERIT | TRAIT_PROTECT)) != 0)
        return real.pthread_mutex_lock(m);
    return wait_patiently(lock_mutex, m);
}

int patience_rwlock(pthread_rwlock_t *l, bool shared)
{
    if (!fork_guard_inlines)
        return shared ? real.pthread_rwlock_rdlock(l) : real.pthread_rwlock_wrlock(l);
    return wait_patiently(shared ? lock_to_read : lock_to_write, l);
}
