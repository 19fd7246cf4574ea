#include "detect/held.h"

void held_begin(struct held_walk *h, const struct record *r, uint32_t path)
{
    h->record = r;
    h->next = path;
    h->steps = 0;
    h->has_outer = false;
}

void held_begin_thread(struct held_walk *h, const struct record *r, const struct thread *t)
{
    held_begin(h, r, t->path);
    uint64_t outer = t->outer;
    if (h->next != 0 || outer == 0 || (uint16_t)t->outer_as == KIND_NONE)
        return;
    h->has_outer = true;
    h->current = (struct held){.address = outer, .site = t->outer_site, .how = t->outer_as >> 16 & 0xff};
}

uint32_t held_next_hold(struct held_walk *h)
{
    const struct hold *hold;
    while ((hold = record_hold(h->record, h->next)) != NULL && ++h->steps < HELD_STEPS) {
        uint32_t id = h->next;
        h->next = hold->parent;
        if (hold->lock != 0) /* else forgotten */
            return id;
    }
    return 0;
}

struct held held_at(const struct record *r, uint32_t hold)
{
    const struct hold *h = record_hold(r, hold);
    if (h == NULL)
        return (struct held){0};
    return (struct held){.address = h->address,
                         .site = record_site(r, h->stack),
                         .lock = h->lock,
                         .stack = h->stack,
                         .hold = hold,
                         .how = h->how};
}

const struct held *held_next(struct held_walk *h)
{
    if (h->has_outer) {
        h->has_outer = false;
        return &h->current;
    }
    h->current = held_at(h->record, held_next_hold(h));
    return h->current.hold != 0 ? &h->current : NULL;
}

static uint32_t find_node(const struct record *r, uint32_t path, uint64_t address, uint32_t lock)
{
    const struct hold *h;
    uint32_t steps = 0;
    for (uint32_t id = path; (h = record_hold(r, id)) != NULL && ++steps < HELD_STEPS; id = h->parent) {
        if (h->lock != 0 && (address != 0 ? h->address == address : h->lock == lock))
            return id;
    }
    return 0;
}

uint32_t held_find(const struct record *r, uint32_t path, uint64_t address)
{
    return address != 0 ? find_node(r, path, address, 0) : 0;
}

uint32_t held_find_lock(const struct record *r, uint32_t path, uint32_t lock)
{
    return lock != 0 ? find_node(r, path, 0, lock) : 0;
}

bool held_by_thread(const struct record *r, const struct thread *t, uint64_t address)
{
    uint32_t path = t->path;
    return path != 0 ? held_find(r, path, address) != 0 : address != 0 && t->outer == address;
}

uint32_t held_capacity(const struct lock *l)
{
    if (l == NULL)
        return 0;
    if (l->kind == KIND_SEMAPHORE)
        return (l->traits & (TRAIT_EVENT | TRAIT_VALUE_KNOWN)) == TRAIT_VALUE_KNOWN ? l->value : 0;
    return l->kind == KIND_MUTEX || l->kind == KIND_RWLOCK || l->kind == KIND_SPINLOCK || l->kind == KIND_ONCE;
}
