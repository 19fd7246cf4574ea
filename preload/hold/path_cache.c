#include "preload/hold/path_cache.h"

#include "preload/os/arena.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/raw_lock.h"

#include <stdatomic.h>
#include <string.h>

/* All that there ever were, so that they can be settled. The first word of a free one is the pool's. */
struct cache {
    struct path_cache entry[KNOWN];
    struct cache *next;
    bool listed;
};

static void *pool FORK_ZEROED;
static struct cache *caches FORK_ZEROED;

bool path_cache_ready(void)
{
    if (self.known != NULL)
        return true;
    struct signals_saved l = raw_lock_acquire();
    struct cache *c = arena_pool_get(&pool, sizeof *c);
    if (c != NULL) {
        if (c->listed)
            memset(c->entry, 0, sizeof c->entry);
        else
            c->next = caches, c->listed = true, caches = c;
        self.known = c->entry;
    }
    raw_lock_release(l);
    if (c == NULL)
        record_mark_incomplete(&ours, INCOMPLETE_HOLDS);
    return c != NULL;
}

void path_cache_count(struct path_cache *k)
{
    uint32_t power = k->count == 0 ? 0 : 1u << (31 - __builtin_clz(k->count));
    uint32_t more = k->count == power ? k->count - power / 2 : k->count - power;
    struct hold *h = k->site >= KNOWN_POSTED ? NULL : record_hold(&ours, k->to);
    /* The lock may be gone, and its hold another's. */
    if (h == NULL || h->parent != k->path || h->address != k->address ||
        !path_cache_fits(k, k->path, k->address, k->site))
        return;
    if (atomic_fetch_add_explicit(&h->count, more, memory_order_relaxed) > UINT32_MAX / 2)
        h->count = UINT32_MAX / 2;
}

static void settle(struct path_cache *entry)
{
    for (struct path_cache *k = entry; k < entry + KNOWN; k++)
        if ((k->count & (k->count - 1)) != 0)
            path_cache_count(k);
}

void path_cache_forget(void)
{
    if (self.known == NULL)
        return;
    settle(self.known);
    memset(self.known, 0, KNOWN * sizeof *self.known);
}

void path_cache_end(void)
{
    if (self.known == NULL)
        return;
    settle(self.known);
    struct signals_saved l = raw_lock_acquire();
    memset(self.known, 0, KNOWN * sizeof *self.known);
    arena_pool_put(&pool, self.known);
    self.known = NULL;
    raw_lock_release(l);
}

void path_cache_reset(void)
{
    if (self.known == NULL)
        return;
    memset(self.known, 0, KNOWN * sizeof *self.known);
    caches = (struct cache *)(void *)self.known; /* its first member */
    caches->next = NULL;
}

void path_cache_settle(void)
{
    for (struct cache *c = caches; c != NULL; c = c->next)
        settle(c->entry);
}
