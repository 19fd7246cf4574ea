/* The time, as a record has it: CLOCK_REALTIME in nanoseconds. Never read on the hot path: it costs as much as a lock.
 */
#ifndef LOCKWATCH_PRELOAD_CLOCK_H
#define LOCKWATCH_PRELOAD_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A point in time `ms` milliseconds from now, for calls that wait until then. */
static inline struct timespec clock_in(clockid_t clock, unsigned ms)
{
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    t.tv_sec += (time_t)(ms / 1000) + t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

#endif
