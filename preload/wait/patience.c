#include "preload/wait/patience.h"

#include "detect/deadlock/stall.h"
#include "preload/os/fork_guard.h"
#include "preload/os/glibc.h"
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

int patience_lock(pthread_mutex_t *m)
{
    struct timespec until;
    if (!fork_guard_inlines || (glibc_mutex_traits(m) & (TRAIT_INHERIT | TRAIT_PROTECT)) != 0)
        return real.pthread_mutex_lock(m);
    clock_gettime(CLOCK_MONOTONIC, &until);
    add(&until, STALL_AGE + PATIENCE_STEP);
    until.tv_nsec += PATIENCE_MARK - until.tv_nsec % PATIENCE_STEP;
    int result = real.pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &until);
    for (int i = 0; i < LOOKS && result == ETIMEDOUT; i++) {
        kernel_look(i > 0);
        add(&until, PATIENCE_STEP);
        result = real.pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &until);
    }
    if (result != ETIMEDOUT)
        return result;
    wait_look_again();
    return real.pthread_mutex_lock(m);
}

int patience_join(pthread_t thread, void **value)
{
    struct timespec until;
    if (!fork_guard_inlines)
        return real.pthread_join(thread, value);
    clock_gettime(CLOCK_MONOTONIC, &until);
    add(&until, STALL_AGE);
    int result = real.pthread_clockjoin_np(thread, value, CLOCK_MONOTONIC, &until);
    for (int i = 0; i < LOOKS && result == ETIMEDOUT && (i == 0 || kernel_wants_any()); i++) {
        kernel_look(i > 0);
        add(&until, PATIENCE_STEP);
        result = real.pthread_clockjoin_np(thread, value, CLOCK_MONOTONIC, &until);
    }
    if (result != ETIMEDOUT)
        return result;
    wait_look_again();
    return real.pthread_join(thread, value);
}
