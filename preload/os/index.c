#include "preload/os/index.h"

static bool is_id(uint32_t id)
{
    return id != 0 && id != INDEX_REMOVED;
}

static void put(struct index_slots *s, uint32_t hash, uint32_t id)
{
    uint32_t at = hash & s->mask, there;
    while (is_id(there = atomic_load_explicit(&s->entry[at].id, memory_order_relaxed)))
        at = (at + 1) & s->mask;
    s->entry[at].hash = hash;
    atomic_store_explicit(&s->entry[at].id, id, memory_order_release);
    s->used += there == 0;
}

bool index_add(struct index *i, uint32_t hash, uint32_t id)
{
    struct index_slots *s = atomic_load_explicit(&i->slots, memory_order_relaxed);
    if (s == NULL || s->used > s->mask / 4 * 3) {
        uint32_t size = s == NULL ? 256 : (s->mask + 1) * 2;
        struct index_slots *bigger = arena_get(sizeof *bigger + size * sizeof bigger->entry[0]);
        if (bigger == NULL)
            return false;
        bigger->mask = size - 1;
        for (uint32_t k = 0; s != NULL && k <= s->mask; k++)
            if (is_id(s->entry[k].id))
                put(bigger, s->entry[k].hash, s->entry[k].id);
        atomic_store_explicit(&i->slots, bigger, memory_order_release);
        s = bigger;
    }
    put(s, hash, id);
    return true;
}

/* From the end of each row of entries, so that what is removed there does not have to be walked over any more. */
static void free_ends(struct index_slots *s)
{
    for (uint32_t k = 2 * s->mask + 2; k-- > 0;) {
        struct index_entry *e = &s->entry[k & s->mask];
        if (e->id == INDEX_REMOVED && s->entry[(k + 1) & s->mask].id == 0) {
            atomic_store_explicit(&e->id, 0, memory_order_release);
            s->used--;
        }
    }
}

void index_remove(struct index *i, bool (*is_gone)(uint32_t id))
{
    struct index_slots *s = atomic_load_explicit(&i->slots, memory_order_relaxed);
    if (s == NULL)
        return;
    for (uint32_t k = 0; k <= s->mask; k++)
        if (is_id(s->entry[k].id) && is_gone(s->entry[k].id))
            atomic_store_explicit(&s->entry[k].id, INDEX_REMOVED, memory_order_release);
    free_ends(s);
}
