#include "preload/lock/wake_table.h"

#include "preload/lock/lock_index.h"
#include "preload/os/fork_zeroed.h"

#include <stdatomic.h>
#include <string.h>

static uint32_t free_wakes FORK_ZEROED; /* of locks that died, chained */

uint32_t wake_serial(const struct wake *w)
{
    const struct epoch *e = record_item(&ours, TABLE_EPOCHS, w->epoch);
    return e != NULL ? e->serial : 0;
}

bool wake_is_empty(const struct wake *w)
{
    for (int i = 0; i < WAKE_HELD; i++)
        if (w->held[i].lock != 0)
            return false;
    return true;
}

uint32_t wake_add(const struct wake *like, uint32_t epoch)
{
    uint32_t id = free_wakes;
    if (id != 0)
        free_wakes = wake_at(id)->next;
    else
        id = record_reserve(&ours, TABLE_WAKES, 1);
    if (id == 0)
        return 0;
    struct lock *lock = lock_at(like->lock);
    struct wake *w = wake_at(id);
    memcpy((void *)w, (const void *)like, sizeof *w);
    w->epoch = epoch;
    w->next = lock->first_wake;
    if (id >= record_used(&ours, TABLE_WAKES))
        record_commit(&ours, TABLE_WAKES, id, 1);
    atomic_store_explicit(&lock->first_wake, id, memory_order_release);
    return id;
}

static bool has_taken(const struct wake *w, uint32_t lock)
{
    for (int i = 0; i < WAKE_HELD; i++)
        if (w->held[i].lock == lock)
            return true;
    return false;
}

/* Whether all who woke its waiters took the lock (0: any lock), but for one thread, which may be the one that waited.
 */
static bool is_taken_by_all(const struct lock *awaited, uint32_t lock)
{
    bool every = awaited->kind != KIND_BARRIER && awaited->kind != KIND_THREAD, any = false;
    uint32_t but = 0;
    for (uint32_t id = awaited->first_wake; id != 0; id = wake_at(id)->next) {
        const struct wake *w = wake_at(id);
        bool has = lock != 0 ? has_taken(w, lock) : !wake_is_empty(w);
        any |= has;
        if (every && !has && but != 0 && but != wake_serial(w))
            return false;
        but = has ? but : wake_serial(w);
    }
    return any;
}

static bool is_known(const struct lock *awaited)
{
    return (awaited->traits & (TRAIT_WAKER_UNKNOWN | TRAIT_WAKES_MISSING | TRAIT_SHARED | TRAIT_POSTED)) == 0;
}

bool wake_may_matter(uint32_t wait)
{
    const struct hold *h = record_hold(&ours, wait);
    const struct lock *awaited = lock_at(h->lock);
    if ((awaited->traits & TRAIT_ENDED) == 0 && awaited->first_wake == 0)
        return true; /* nobody so far */
    if (!is_known(awaited) || (h->how & (HOW_TRIED | HOW_REBUILT)) != 0)
        return false;
    uint32_t id = h->parent;
    for (unsigned steps = 0; id != 0 && steps < WAKE_DEEP; steps++, id = record_hold(&ours, id)->parent)
        if (is_taken_by_all(awaited, record_hold(&ours, id)->lock))
            return true;
    return false;
}

void wake_lock_ended(uint32_t lock)
{
    const struct lock *l = lock_at(lock);
    if ((l->traits & TRAIT_AWAITED) == 0 || !is_known(l) || !is_taken_by_all(l, 0))
        wake_lock_pruned(lock);
}

void wake_lock_pruned(uint32_t lock)
{
    struct lock *l = lock_at(lock);
    atomic_fetch_and(&l->traits, ~(uint32_t)TRAIT_AWAITED);
    uint32_t first = atomic_exchange(&l->first_wake, 0);
    for (uint32_t id = first, next; id != 0; id = next) {
        struct wake *w = wake_at(id);
        next = w->next;
        w->lock = 0;
        w->next = free_wakes;
        free_wakes = id;
    }
}
