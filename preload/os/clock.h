/*
 * The time as a record has it: CLOCK_REALTIME in nanoseconds at the first look, and from then on what CLOCK_MONOTONIC
 * adds to it. So setting the clock makes no wait older. Never read on the hot path: it costs as much as a lock.
 */
#ifndef LOCKWATCH_PRELOAD_OS_CLOCK_H
#define LOCKWATCH_PRELOAD_OS_CLOCK_H

#include <stdint.h>

uint64_t clock_now(void);

/* The same as of the last tick, some milliseconds ago at most, for a quarter of the price: for a thread that is about
 * to block. */
uint64_t clock_tick(void);

/* What to add to CLOCK_MONOTONIC for the time of a record; never 0. */
uint64_t clock_offset(void);

#endif
