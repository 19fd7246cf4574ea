/*
 * Semaphores and barriers that were initialised before there is a record: they get an id when it begins, as what they
 * were initialised with tells what they are for. So it is in a fork's child, until it begins its own. A limited number;
 * of others the first value stays unknown. There is but one thread then, so nobody serialises it.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_EARLY_H
#define LOCKWATCH_PRELOAD_LOCK_EARLY_H

#include "preload/lock/lock_traits.h"
#include "preload/os/real.h"

struct early_lock {
    uint64_t address;
    struct lock_traits what;
    char name[64]; /* "": none */
};

/* `name` may be NULL. */
void early_add(uint64_t address, const struct lock_traits *what, const char *name) HIDDEN;

/* NULL: there is none at this address, or less than so many. */
struct early_lock *early_find(uint64_t address) HIDDEN;
struct early_lock *early_at(unsigned i) HIDDEN;

/* Those among `size` bytes were destroyed; all of them have ids now. */
void early_end_within(uint64_t from, uint64_t size) HIDDEN;
void early_clear(void) HIDDEN;

#endif
