#include "detect/order/gate_locks.h"

#include "detect/held.h"

enum { COUNTED_MOST = 64 }; /* holds of semaphores on a path whose units are counted */

struct gate_count {
    uint32_t exclusive, shared; /* `shared` are also the units of a semaphore that has several */
};

bool gate_locks_begin(struct gate_locks *g, const struct record *r, struct pages *p, uint64_t *steps)
{
    *g = (struct gate_locks){.record = r, .locks = record_used(r, TABLE_LOCKS), .steps = steps};
    g->count = pages_get(p, g->locks, sizeof *g->count);
    return g->count != NULL;
}

static uint32_t capacity_of(const struct gate_locks *g, uint32_t lock)
{
    return lock < g->locks ? held_capacity(record_lock(g->record, lock)) : 0;
}

static uint32_t parent_of(const struct gate_locks *g, uint32_t node)
{
    const struct hold *h = record_hold(g->record, node);
    return h == NULL ? 0 : h->parent;
}

static void count_holds(struct gate_locks *g, uint32_t node, uint32_t by)
{
    struct held_walk walk;
    held_begin(&walk, g->record, parent_of(g, node));
    for (uint32_t id; (id = held_next_hold(&walk)) != 0;) {
        const struct hold *held = record_hold(g->record, id);
        uint32_t lock = held->lock, capacity = capacity_of(g, lock);
        if (capacity == 1 && (held->how & HOW_SHARED) == 0)
            g->count[lock].exclusive += by;
        else if (capacity != 0)
            g->count[lock].shared += by;
    }
    *g->steps += walk.steps;
}

void gate_locks_add(struct gate_locks *g, uint32_t node)
{
    count_holds(g, node, 1);
}

void gate_locks_remove(struct gate_locks *g, uint32_t node)
{
    count_holds(g, node, UINT32_MAX);
}

static uint32_t count_units(struct gate_locks *g, uint32_t path, uint32_t semaphore)
{
    struct held_walk walk;
    uint32_t count = 0;
    held_begin(&walk, g->record, path);
    for (uint32_t id; (id = held_next_hold(&walk)) != 0;)
        count += record_hold(g->record, id)->lock == semaphore;
    *g->steps += walk.steps;
    return count;
}

uint32_t gate_locks_find(struct gate_locks *g, uint32_t node, bool (*in_cycle)(const void *context, uint32_t lock),
                         const void *context)
{
    struct held_walk walk;
    uint32_t gate = 0, path = parent_of(g, node), counted = 0;
    held_begin(&walk, g->record, path);
    for (uint32_t id; (id = held_next_hold(&walk)) != 0;) {
        const struct hold *held = record_hold(g->record, id);
        uint32_t lock = held->lock, capacity = capacity_of(g, lock);
        if (capacity == 0 || (g->count[lock].exclusive == 0 && g->count[lock].shared == 0))
            continue;
        bool excludes = capacity > 1
                            ? ++counted > COUNTED_MOST || g->count[lock].shared + count_units(g, path, lock) > capacity
                            : g->count[lock].exclusive > 0 || (held->how & HOW_SHARED) == 0;
        if (!excludes)
            continue;
        gate = lock;
        if (in_cycle == NULL || !in_cycle(context, lock))
            break;
    }
    *g->steps += walk.steps;
    return gate;
}
