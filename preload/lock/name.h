/*
 * Names that the program gave to locks (include/lockwatch.h), by address: a lock may get its id long after it was
 * named, or never. All of it under the raw lock, except name_any_within.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_NAME_H
#define LOCKWATCH_PRELOAD_LOCK_NAME_H

#include "preload/os/real.h"

#include <stdint.h>

/* Whether there is a name among `size` bytes; that there is none is certain only as far as lock_index_moves says
 * (preload/lock/lock_index.h). */
bool name_any_within(uint64_t from, uint64_t size) HIDDEN;

/* The name of an address, NULL when it has none; and whether it is one of a class. */
const char *name_of(uint64_t address) HIDDEN;
bool name_is_numbered(uint64_t address) HIDDEN;

/* Name it as the next one of a class, `text[N]`. */
void name_number(uint64_t address, const char *text) HIDDEN;

/* Name it; false: no memory. Remove the names of all that lies among `size` bytes. */
bool name_give(uint64_t address, const char *text) HIDDEN;
void name_take_within(uint64_t from, uint64_t size) HIDDEN;

#endif
