#include "preload/os/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic uint64_t offset; /* 0: not known yet */

static uint64_t read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_offset(void)
{
    uint64_t known = atomic_load_explicit(&offset, memory_order_relaxed);
    if (known != 0)
        return known;
    uint64_t found = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
    found += found == 0;
    /* All go by the offset of the first. */
    return atomic_compare_exchange_strong(&offset, &known, found) ? found : known;
}

uint64_t clock_now(void)
{
    return read_clock(CLOCK_MONOTONIC) + clock_offset();
}

uint64_t clock_tick(void)
{
    return read_clock(CLOCK_MONOTONIC_COARSE) + clock_offset();
}
