/*
 * Which lock an address is. A lock gets an id when there is changes of it: when it is held together with another, or
 * when somebody blocks on it; semaphores when they are made, as their first value tells what they are for. init and
 * destroy end the life of whatever was at the address before.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_LOCK_H
#define LOCKWATCH_PRELOAD_LOCK_LOCK_H

#include "preload/lock/lock_traits.h"
#include "preload/os/real.h"
#include "preload/store/store.h"

#include <stdint.h>

/*
 * A number that changes whenever a lock at this address begins or ends; also when one at another address of the same
 * hash does, so that equality says "still the same lock" and inequality nothing.
 */
extern uint16_t lock_generations[65536] HIDDEN;

static inline uint16_t lock_generation(uint64_t address)
{
    return __atomic_load_n(&lock_generations[address * 0x9E3779B97F4A7C15u >> 48], __ATOMIC_RELAXED);
}

/* The id of the lock at an address; 0: it has none. Takes no lock. */
uint32_t lock_find(uint64_t address) HIDDEN;

/* It has an id, or is to have one when the record begins. */
bool lock_is_known(uint64_t address) HIDDEN;

/* The same, given one if it has none; 0: no room, or no record. */
uint32_t lock_get(uint64_t address, const struct lock_traits *what) HIDDEN;

/* init: a new lock begins at this address. Cheap: only where it was made is noted. */
void lock_begin(uint64_t address, uint64_t site) HIDDEN;

/* The same for one whose first value or traits must be known later: it gets an id at once, or when the record begins.
 */
void lock_begin_known(uint64_t address, const struct lock_traits *what, const char *name) HIDDEN;

/* A name that the program gives, NULL or "" to take it away: for the lock at this address, whether it has an id yet or
 * not. */
void lock_name(uint64_t address, const char *name) HIDDEN;

/* destroy: whatever is at this address is no more. */
void lock_end(uint64_t address) HIDDEN;

/* The same for whatever is among `size` bytes. */
void lock_end_within(uint64_t from, uint64_t size) HIDDEN;

/* What is among these bytes has no id meanwhile; it is itself again, unless it was ended. For memory_detach. */
void lock_detach_within(uint64_t from, uint64_t size) HIDDEN;
void lock_reattach_within(uint64_t from, uint64_t size) HIDDEN;

/* A dead lock that no hold names any more: its slot serves another. Under the raw lock. */
void lock_prune(uint32_t id) HIDDEN;

/* How many died that holds or findings name, since the last time that they were looked at (preload/hold/prune.h). */
extern _Atomic uint32_t lock_ended_count HIDDEN;

/* Add to the traits that are set while a lock lives. True when that was changes. */
bool lock_add_traits(uint32_t id, uint32_t traits) HIDDEN;

/*
 * What makes threads look again at what they know of paths. In the lower half it counts the semaphores that turned out
 * to be signals, in the upper one how often dead locks were forgotten.
 */
extern _Atomic uint64_t lock_changes HIDDEN;
static const uint64_t LOCK_CHANGES_PRUNED = 1ull << 32;

/* Semaphores are either locks or signals. A filter by address says cheaply which are certainly not signals. */
bool lock_is_signal(uint64_t address) HIDDEN;

/* Before there is a record: a semaphore turned out to be a signal. */
void lock_early_signal(uint64_t address) HIDDEN;
void lock_early_posted(uint64_t address) HIDDEN;

/* After the record was begun: give ids to the semaphores made before. */
void lock_identify_early(void) HIDDEN;

/* In the child of a fork, whose record has no locks yet. */
void lock_keep_for_child(void) HIDDEN;

#endif
