/*
 * An index over a table of the record: from a hash to ids, by open addressing. Read without locks, added to under the
 * raw lock. When it is full, a copy of twice the size replaces it; a reader that still looks into the old one finds
 * less, and asks again under the raw lock before it adds anything. It may also be given an id that was removed
 * meanwhile, so it checks that the item is the one it wants.
 */
#ifndef LOCKWATCH_PRELOAD_OS_INDEX_H
#define LOCKWATCH_PRELOAD_OS_INDEX_H

#include "preload/os/arena.h"

#include <stdatomic.h>
#include <stdint.h>

struct index_entry {
    _Atomic uint32_t id; /* 0: free */
    uint32_t hash;
};

static const uint32_t INDEX_REMOVED = UINT32_MAX; /* no id: to be used again */

struct index_slots {
    uint32_t mask, used;
    struct index_entry entry[];
};

struct index {
    _Atomic(struct index_slots *) slots;
};

/*
 * Walk over the ids that may have `hash`: for (struct index_walk w = index_walk(&i, h); index_next(&w);) … w.id …
 */
struct index_walk {
    const struct index_slots *slots;
    uint32_t at, hash, id;
};

static inline struct index_walk index_walk(const struct index *i, uint32_t hash)
{
    return (struct index_walk){atomic_load_explicit(&i->slots, memory_order_acquire), hash, hash, 0};
}

static inline bool index_next(struct index_walk *w)
{
    if (w->slots == NULL)
        return false;
    for (;;) {
        const struct index_entry *e = &w->slots->entry[w->at++ & w->slots->mask];
        w->id = atomic_load_explicit(&e->id, memory_order_acquire);
        if (w->id == 0)
            return false;
        if (e->hash == w->hash && w->id != INDEX_REMOVED)
            return true;
    }
}

/* Under the raw lock. False: no memory. */
bool index_add(struct index *i, uint32_t hash, uint32_t id) HIDDEN;

/* Remove the ids of which that is so. Under the raw lock. */
void index_remove(struct index *i, bool (*is_gone)(uint32_t id)) HIDDEN;

static inline uint64_t index_mix(uint64_t x)
{
    x *= 0x9E3779B97F4A7C15u;
    return x ^ x >> 29;
}

#endif
