#include "detect/held.h"

void held_begin(struct held_walk *h, const struct record *r, uint32_t path)
{
    h->record = r;
    h->thread = NULL;
    h->next = path;
    h->steps = 0;
}

uint32_t held_path(const struct thread *t)
{
    return t->sequence % 2 == 0 || t->state == THREAD_ENDED || t->held_end == t->want.held ? t->path : 0;
}

void held_begin_thread(struct held_walk *h, const struct record *r, const struct thread *t)
{
    held_begin(h, r, held_path(t));
    if (h->next != 0)
        return;
    enum { MOST = sizeof t->held / sizeof t->held[0] - 1 };
    uint32_t slots = t->held_end / sizeof t->held[0], more = t->more != 0 ? t->more_held : 0;
    h->thread = t;
    h->next = (slots < MOST ? slots : MOST) + (more < HELD_STEPS ? more : HELD_STEPS);
}

/* Position `at` of a list, from 1. */
static const struct held_lock *listed(const struct record *r, const struct thread *t, uint32_t at)
{
    if (at <= HELD_SLOTS)
        return &t->held[at];
    uint32_t more = t->more != 0 ? t->more_held : 0, beyond = at - HELD_SLOTS - 1;
    if (beyond < more)
        return beyond < record_consecutive(r, TABLE_HELD, t->more) ? record_item(r, TABLE_HELD, t->more + beyond)
                                                                   : NULL;
    beyond -= more;
    return beyond < 2 ? &t->held[HELD_SLOTS + 1 + beyond] : NULL;
}

static struct held held_of(const struct record *r, const struct held_lock *l)
{
    struct held h = {.address = l->address};
    uint64_t call = l->call;
    h.kind = (uint8_t)(call >> 48) ^ KIND_MUTEX;
    h.how = (uint16_t)(call >> 56);
    h.site = call & HELD_SITE;
    if (held_by_stack(call)) {
        h.stack = (uint32_t)call;
        h.site = record_site(r, h.stack);
    }
    return h;
}

static const struct held *next_listed(struct held_walk *h)
{
    for (; h->next != 0 && h->steps < HELD_STEPS; h->next--) {
        const struct held_lock *l = listed(h->record, h->thread, h->next);
        h->steps++;
        if (l == NULL || l->address <= HELD_RELEASED)
            continue;
        h->current = held_of(h->record, l);
        h->next--;
        return &h->current;
    }
    return NULL;
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
    const struct lock *l = record_lock(r, h->lock);
    return (struct held){.address = h->address,
                         .site = record_site(r, h->stack),
                         .kind = l != NULL ? l->kind : KIND_NONE,
                         .lock = h->lock,
                         .stack = h->stack,
                         .hold = hold,
                         .how = h->how};
}

const struct held *held_next(struct held_walk *h)
{
    if (h->thread != NULL)
        return next_listed(h);
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
    struct held_walk walk;
    const struct held *h;
    uint32_t path = held_path(t);
    if (path != 0 || address == 0)
        return held_find(r, path, address) != 0;
    held_begin_thread(&walk, r, t);
    while ((h = held_next(&walk)) != NULL && h->address != address)
        ;
    return h != NULL;
}

uint32_t held_capacity(const struct lock *l)
{
    if (l == NULL)
        return 0;
    if (l->kind == KIND_SEMAPHORE)
        return (l->traits & (TRAIT_EVENT | TRAIT_VALUE_KNOWN)) == TRAIT_VALUE_KNOWN ? l->value : 0;
    if (kind_is_toolkit(l->kind) && (l->traits & TRAIT_WAKER_UNKNOWN) != 0)
        return 0; /* another thread than its holder has released it */
    uint32_t kind = kind_like(l->kind);
    return kind == KIND_MUTEX || kind == KIND_RWLOCK || kind == KIND_SPINLOCK || kind == KIND_FILE ||
           kind == KIND_OWN || kind_is_once(kind);
}
