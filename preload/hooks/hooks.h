/*
 * Wrappers of pthreads that the C11 calls pass on to, which in glibc differ by their results only. `site` and `frame`
 * are those of the program's call. Each returns what the call of pthreads does.
 */
#ifndef LOCKWATCH_PRELOAD_HOOKS_HOOKS_H
#define LOCKWATCH_PRELOAD_HOOKS_HOOKS_H

#include "preload/os/real.h"
#include "preload/os/self.h"
#include "record/layout.h"

#include <stdint.h>

/* How long a call waits at most. A wait with a time-out is recorded as such, whatever its clock. */
struct deadline {
    const struct timespec *time; /* NULL: none */
    clockid_t clock;
    bool plain; /* of a call that names no clock */
};

static inline uint32_t deadline_want(const struct deadline *d)
{
    return d->time != NULL ? WANT_TIMED : 0;
}

static inline uint32_t deadline_how(const struct deadline *d)
{
    return d->time != NULL ? HOW_TIMED : 0;
}

int hook_mutex_lock(pthread_mutex_t *m, uint64_t site, uint64_t frame) HIDDEN;
int hook_mutex_trylock(pthread_mutex_t *m, uint64_t site, uint64_t frame) HIDDEN;
int hook_mutex_timedlock(pthread_mutex_t *m, const struct timespec *time, uint64_t site, uint64_t frame) HIDDEN;
int hook_mutex_unlock(pthread_mutex_t *m, uint64_t site, uint64_t frame) HIDDEN;

int hook_cond_wait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *time, uint64_t site,
                   uint64_t frame) HIDDEN;
int hook_cond_signal(pthread_cond_t *c, bool all, uint64_t site, uint64_t frame) HIDDEN;

/* Make a thread. `routine` is a start routine of pthreads or, if `c11`, one of C11. 0: it was made. */
struct creation {
    pthread_t *thread;
    const pthread_attr_t *attributes; /* NULL: the default */
    uint64_t routine;
    void *argument;
    uint64_t site, frame; /* return address of the call, and stack pointer */
    bool c11;
};
int hook_create(const struct creation *c) HIDDEN;
int hook_join(pthread_t thread, void **value, uint64_t site, uint64_t frame) HIDDEN;
int hook_detach(pthread_t thread) HIDDEN;

/* Whether a thread was ever cancelled: until then, cancellation points that do not block need not look. */
extern _Atomic bool hooks_cancels HIDDEN;

/*
 * The call in which this thread acquires the guard of a static variable, if it is at this address and the C++ runtime
 * was expected to return at once; NULL: none.
 */
const struct call *guard_under_way(uint64_t address) HIDDEN;

#endif
