/*
 * Names that the program gave to locks (include/lockwatch.h), by address: a lock gets its id when there is news of it,
 * which may be long after it was named, or never. All of it under the latch, but for name_any.
 */
#ifndef LOCKWATCH_PRELOAD_NAME_H
#define LOCKWATCH_PRELOAD_NAME_H

#include "preload/real.h"

#include <stdint.h>

/* Whether there may be a name for this address: two loads. */
bool name_any(uint64_t address) HIDDEN;

/* The name of an address, NULL when it has none. */
const char *name_of(uint64_t address) HIDDEN;

/* Name it, or take its name away. False when there is no memory. */
bool name_give(uint64_t address, const char *text) HIDDEN;
void name_take(uint64_t address) HIDDEN;

#endif
