/*
 * Numbers at random, the same in each run: a congruential generator, as it costs next to nothing. While chance_in_order
 * is set, all numbers come in turn instead, so that each was there once.
 */
#ifndef LOCKWATCH_BENCH_CHANCE_H
#define LOCKWATCH_BENCH_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

static bool chance_in_order;

/* Below `bound`. */
static inline unsigned chance(unsigned bound)
{
    static uint64_t state = 1;
    static unsigned next;
    if (chance_in_order) {
        return next++ % bound;
    }
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((state >> 32) * bound >> 32);
}

#endif
