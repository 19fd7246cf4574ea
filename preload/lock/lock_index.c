#include "preload/lock/lock_index.h"

#include "preload/lock/page_filter.h"
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

/* Of very much memory, look at all locks instead. */
bool lock_index_each(uint64_t from, uint64_t size, bool (*act)(uint32_t id))
{
    enum { VERY_MUCH = 1 << 24 };
    struct heads *h = atomic_load_explicit(&heads, memory_order_acquire);
    if (h == NULL)
        return false;
    if (size >= VERY_MUCH) {
        uint32_t used = record_used(&ours, TABLE_LOCKS);
        for (uint32_t id = 1; id < used; id++)
            if (act_within(id, from, size, act))
                return true;
        return false;
    }
    uint64_t end = from + size;
    for (uint64_t near = from / ADDRESS_NEAR * ADDRESS_NEAR; near < end;) {
        if (page_filter_of(near)->locks == 0)
            near = (near / PAGE_FILTER_PAGE + 1) * PAGE_FILTER_PAGE;
        else if (each_near(h, near, from, size, act))
            return true;
        else
            near += ADDRESS_NEAR;
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
