/*
 * Which lock an address is. A lock gets an id when there is something to record about it: when it is held together with
 * another, or a thread blocks on it; semaphores and barriers when they are initialised, as their first value tells what
 * they are for. Initialising and destroying end the life of whatever was at the address before.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_LOCK_H
#define LOCKWATCH_PRELOAD_LOCK_LOCK_H

#include "preload/lock/init_site.h"
#include "preload/lock/lock_traits.h"
#include "preload/lock/memory_filter.h"
#include "preload/lock/recent_locks.h"
#include "preload/os/real.h"
#include "preload/store/store.h"

#include <stdint.h>

/*
 * A number that changes whenever a lock with an id ends at this address; also when one does whose address has the same
 * bits 3 to 18, so that equality says "still the same lock" and inequality nothing.
 */
extern uint32_t lock_generations[32768] HIDDEN;

static inline uint32_t *lock_generation_at(uint64_t address)
{
    return &lock_generations[address >> 3 & 0x7fff];
}

static inline uint32_t lock_generation(uint64_t address)
{
    return __atomic_load_n(lock_generation_at(address), __ATOMIC_RELAXED);
}

/* The id of the lock at an address; 0: it has none. Takes no lock. */
uint32_t lock_find(uint64_t address) HIDDEN;

/* It has an id, or is to have one when the record begins. */
bool lock_is_known(uint64_t address) HIDDEN;

/* The same, given one if it has none; 0: no room, or no record. */
uint32_t lock_get(uint64_t address, const struct lock_traits *what) HIDDEN;

/* The same for one whose first value or traits count: it gets an id at once, or when the record begins. */
void lock_begin_known(uint64_t address, const struct lock_traits *what, const char *name) HIDDEN;

/* The program names the lock at this address, whether it has an id yet or not; NULL or "" removes the name. */
void lock_name(uint64_t address, const char *name) HIDDEN;

/* The same, with the next number of this class behind the name. */
void lock_classify(uint64_t address, const char *class) HIDDEN;

/* Locks among `size` bytes end. */
void lock_end_within(uint64_t from, uint64_t size) HIDDEN;

/* A lock was initialised, or destroyed, at an address at which memory_filter_knows nothing. */
static inline void lock_begin_unknown(uint64_t address, uint64_t site)
{
    recent_locks_initialised(address);
    init_site_note(address, site);
}

static inline void lock_end_unknown(uint64_t address)
{
    recent_locks_forget(address);
    init_site_forget(address);
}

/* The same wherever it is: what was there ends. */
void lock_begin(uint64_t address, uint64_t site) HIDDEN;
void lock_end(uint64_t address) HIDDEN;

/*
 * Locks among these bytes are not found meanwhile, until they are reattached, or ended: what another thread has made
 * there since stays. For memory_detach.
 */
void lock_detach_within(uint64_t from, uint64_t size) HIDDEN;
void lock_reattach_within(uint64_t from, uint64_t size) HIDDEN;
void lock_end_detached_within(uint64_t from, uint64_t size) HIDDEN;

/* An ended lock that no hold names any more: its slot serves another. Under the raw lock. */
void lock_prune(uint32_t id) HIDDEN;

/* Locks named by holds or findings that have ended since the last pruning (preload/hold/prune.h). */
extern _Atomic uint32_t lock_ended_count HIDDEN;

/* Add to the traits that are set while a lock lives. True: it did not have them all. */
bool lock_add_traits(uint32_t id, uint32_t traits) HIDDEN;

/* How often locks were pruned: what a thread knew of paths before is no longer so. */
extern _Atomic uint32_t lock_prunings HIDDEN;

/* Whether a semaphore is an event semaphore, and so no lock. A filter by address makes the usual no cheap. */
enum { LOCK_SIGNALS = 4096 };
extern _Atomic uint8_t lock_signals[LOCK_SIGNALS] HIDDEN;

static inline bool lock_may_be_signal(uint64_t address)
{
    return __atomic_load_n((uint8_t *)&lock_signals[address / 16 % LOCK_SIGNALS], __ATOMIC_RELAXED) != 0;
}

bool lock_is_signal(uint64_t address) HIDDEN;

/*
 * The function that initialised a semaphore with 0 posts it, and has created no thread since: if no unit was acquired
 * or waited for either, that is part of its first value (TRAIT_FILLED), and it is no event semaphore so far. False: it
 * is a post like others.
 */
bool lock_fill(uint32_t id) HIDDEN;

/* Before there is a record: it turned out to be an event semaphore, unless that is its first value; it was posted by a
 * thread that had acquired it. */
void lock_early_signal(uint64_t address) HIDDEN;
void lock_early_posted(uint64_t address) HIDDEN;

/* The record was begun: give ids to the semaphores and barriers initialised before (preload/lock/early.h). */
void lock_identify_early(void) HIDDEN;

/* In the child of a fork, before it leaves its parent's record: semaphores and barriers become early ones again. */
void lock_keep_for_child(void) HIDDEN;

#endif
