#include "preload/lock/lock_index.h"

#include "preload/lock/memory_filter.h"
#include "preload/os/arena.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/index.h"

struct heads {
    uint32_t mask, used;
    _Atomic uint32_t head[];
};

static _Atomic(struct heads *) heads FORK_ZEROED;
_Atomic uint32_t lock_index_moves FORK_ZEROED;

static _Atomic uint32_t *head_of(struct heads *h, uint64_t address)
{
    return &h->head[index_mix(address / ADDRESS_NEAR) >> 20 & h->mask];
}

/*
 * A lock that is away is where nobody can meet it (memory_detach). Its slot may become another lock's at any time: that
 * is dead until its address is there.
 */
static bool is_live_at(const struct lock *l, uint64_t address)
{
    uint32_t traits = atomic_load_explicit(&l->traits, memory_order_acquire);
    return (traits & (TRAIT_ENDED | TRAIT_DETACHED)) == 0 && __atomic_load_n(&l->address, __ATOMIC_RELAXED) == address;
}

uint32_t lock_index_find(uint64_t address)
{
    struct heads *h = atomic_load_explicit(&heads, memory_order_acquire);
    if (h == NULL)
        return 0;
    uint32_t id = atomic_load_explicit(head_of(h, address), memory_order_acquire);
    while (id != 0 && !is_live_at(lock_at(id), address))
        id = atomic_load_explicit(&lock_at(id)->chain, memory_order_acquire);
    return id;
}

static bool act_within(uint32_t id, uint64_t from, uint64_t size, bool (*act)(uint32_t id))
{
    const struct lock *l = lock_at(id);
    return l->address - from < size && (l->traits & TRAIT_ENDED) == 0 && act(id);
}

static bool each_near(struct heads *h, uint64_t near, uint64_t from, uint64_t size, bool (*act)(uint32_t id))
{
    uint32_t id = atomic_load_explicit(head_of(h, near), memory_order_acquire);
    while (id != 0) {
        uint32_t next = atomic_load_explicit(&lock_at(id)->chain, memory_order_acquire);
        if (act_within(id, from, size, act))
            return true;
        id = next;
    }
    return false;
}

/* Bytes for which `act` is called for each lock, and the part of them that is looked at. */
struct range {
    uint64_t from, size;
    bool (*act)(uint32_t id);
};

/* Eight lines at a time, if there are so many and nothing is there; of one line, four places are more than enough. */
static bool each_on_page(struct heads *h, uint64_t at, uint64_t last, const struct range *r)
{
    enum { SOME = 8 * ADDRESS_NEAR };
    for (uint64_t near = at / ADDRESS_NEAR * ADDRESS_NEAR; near <= last;) {
        uint64_t place = memory_place(near);
        if (near + SOME <= last &&
            !memory_filter_any(memory_known, MEMORY_PLACES, place, memory_place(near + SOME - 1) - place + 1)) {
            near += SOME;
            continue;
        }
        if ((uint32_t)memory_row(memory_known, MEMORY_PLACES, place) != 0 &&
            each_near(h, near, r->from, r->size, r->act))
            return true;
        near += ADDRESS_NEAR;
    }
    return false;
}

static bool each_of_all(const struct range *r)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS);
    for (uint32_t id = 1; id < used; id++)
        if (act_within(id, r->from, r->size, r->act))
            return true;
    return false;
}

/* Of very much memory, look at all locks instead. */
bool lock_index_each(uint64_t from, uint64_t size, bool (*act)(uint32_t id))
{
    enum { VERY_MUCH = 1 << 24 };
    struct heads *h = atomic_load_explicit(&heads, memory_order_acquire);
    const struct range r = {from, size, act};
    if (h == NULL)
        return false;
    if (size >= VERY_MUCH)
        return each_of_all(&r);
    for (uint64_t at = from, end = from + size, next; at < end; at = next) {
        uint64_t unit = memory_zone_of(at)->known == 0 ? MEMORY_ZONE : MEMORY_PAGE;
        next = (at / unit + 1) * unit;
        next = next < end ? next : end;
        if (unit == MEMORY_PAGE && memory_known_pages[at / MEMORY_PAGE % MEMORY_PAGES] != 0 &&
            each_on_page(h, at, next - 1, &r))
            return true;
    }
    return false;
}

bool lock_index_room(void)
{
    struct heads *old = heads;
    if (old != NULL && old->used <= old->mask)
        return true;
    uint32_t size = old == NULL ? 512 : (old->mask + 1) * 2;
    struct heads *h = arena_get(sizeof *h + size * sizeof h->head[0]);
    if (h == NULL)
        return old != NULL;
    h->mask = size - 1;
    atomic_fetch_add(&lock_index_moves, 1);
    for (uint32_t k = 0; old != NULL && k <= old->mask; k++)
        for (uint32_t id = old->head[k], next; id != 0; id = next) {
            struct lock *l = lock_at(id);
            next = l->chain;
            atomic_store_explicit(&l->chain, *head_of(h, l->address), memory_order_release);
            *head_of(h, l->address) = id;
            h->used++;
        }
    atomic_store_explicit(&heads, h, memory_order_release);
    atomic_fetch_add(&lock_index_moves, 1);
    return true;
}

void lock_index_link(uint32_t id)
{
    struct heads *h = heads;
    struct lock *l = lock_at(id);
    _Atomic uint32_t *head = head_of(h, l->address);
    atomic_store_explicit(&l->chain, *head, memory_order_release);
    atomic_store_explicit(head, id, memory_order_release);
    h->used++;
}

void lock_index_unlink(uint32_t id)
{
    struct heads *h = heads;
    _Atomic uint32_t *at = head_of(h, lock_at(id)->address);
    while (*at != 0 && *at != id)
        at = &lock_at(*at)->chain;
    if (*at == id) {
        atomic_store_explicit(at, lock_at(id)->chain, memory_order_release);
        h->used--;
    }
    atomic_fetch_add(&lock_index_moves, 2);
}
