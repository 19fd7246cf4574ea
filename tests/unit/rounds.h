/* How many inputs made at random a test tries: what `make test` has time for, times ROUNDS as `make soak` sets it. */
#ifndef TESTS_UNIT_ROUNDS_H
#define TESTS_UNIT_ROUNDS_H

#include <stdint.h>
#include <stdlib.h>

static inline uint64_t rounds(uint64_t usual)
{
    const char *times = getenv("ROUNDS");
    return usual * (times == NULL ? 1 : strtoull(times, NULL, 10));
}

#endif
