/* The time, as a record has it: CLOCK_REALTIME in nanoseconds. Never read on the hot path: it costs as much as a lock.
 */
#ifndef LOCKWATCH_PRELOAD_OS_CLOCK_H
#define LOCKWATCH_PRELOAD_OS_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The same as of the last tick, some milliseconds ago at most, for a quarter of the price: for who is about to block.
 */
static inline uint64_t clock_tick(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
