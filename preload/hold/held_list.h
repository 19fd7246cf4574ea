/*
 * What a thread holds, as a list in its slot (record/layout.h, struct thread): the operations on it that are not in the
 * wrappers themselves. It is the calling thread's own; all but held_list_find is called with its recursion guard
 * closed, so no signal handler of its comes in between. Others may read it at any time (detect/held.h).
 *
 * Each entry has a hash of everything below it, so that what is held can be looked up as a whole (known_paths.h).
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_HELD_LIST_H
#define LOCKWATCH_PRELOAD_HOLD_HELD_LIST_H

#include "preload/os/self.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* held_end of a list with HELD_SLOTS entries, and of one that goes on elsewhere. */
enum {
    HELD_ITEM = sizeof(struct held_lock),
    HELD_END_FULL = HELD_SLOTS * HELD_ITEM,
    HELD_END_BEYOND = HELD_END_FULL + HELD_ITEM,
};

/* The entry that ends at `end`; of an empty list one without an address. */
static inline struct held_lock *held_list_at_end(struct thread *t, uint32_t end)
{
    return (struct held_lock *)(void *)((char *)t->held + end);
}

/* With 32-bit factors, as an instruction takes no others. */
static inline uint64_t held_list_mix(const struct held_lock *e)
{
    return e->hash + e->address * 0x1E3779B1u + e->call * 0x45EBCA77u;
}

/* The stack pointer of the call: preload/wait/renewed.c marks it. */
static inline uint64_t held_list_frame(const struct held_lock *e)
{
    return e->frame & ~7ull;
}

/* The hash of an entry that comes next. */
static inline uint64_t held_list_hash_above(const struct held_lock *e)
{
    uint64_t mix = held_list_mix(e);
    return mix << 23 | mix >> 41;
}

static inline void held_list_set_end(struct thread *t, uint32_t end)
{
    atomic_store_explicit(&t->held_end, end, memory_order_release);
}

static inline bool held_list_is_long(const struct thread *t)
{
    return t->held_end >= HELD_END_BEYOND;
}

/* Number of entries, and an entry, the outermost being 1; 0 is one without an address, below it. */
uint32_t held_list_count(const struct thread *t) HIDDEN;
struct held_lock *held_list_at(struct thread *t, uint32_t at) HIDDEN;

/* The innermost entry of an address; 0: none. Changes nothing, so that a signal handler may call it. */
uint32_t held_list_find(struct thread *t, uint64_t address) HIDDEN;

/*
 * The wrapper has put an entry where there is no room for it, at HELD_END_BEYOND or above: it moves on to more memory.
 * False: there is none, and the entry is dropped.
 */
bool held_list_extend(struct thread *t) HIDDEN;

/*
 * Remove entries: those released already, and those that `gone` (unless NULL) says are to go. What is above them moves
 * down, and counts as HOW_REBUILT.
 */
void held_list_squeeze(struct thread *t, bool (*gone)(const struct held_lock *)) HIDDEN;

/* One entry is released. */
void held_list_remove(struct thread *t, uint32_t at) HIDDEN;

/* Nothing that is known of it holds any more: every entry gets another hash. */
void held_list_new_hashes(struct thread *t) HIDDEN;

/* The thread ended: memory beyond its slot serves another. What it still holds stays, if `kept`. */
void held_list_end(struct thread *t, bool kept) HIDDEN;

#endif
