#include "preload/hold/path_cache.h"

#include "preload/os/arena.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/raw_lock.h"

#include <stdatomic.h>
#include <string.h>

/* All that there ever were, so that they can be settled. The first word of a free one is the pool's. */
struct cache {
    struct path_cache entry[PATH_CACHE_SIZE];
    struct cache *next;
    bool listed;
};

static void *pool FORK_ZEROED;
static struct cache *caches FORK_ZEROED;

bool path_cache_ready(void)
{
    if (self.path_cache != NULL)
        return true;
    struct signals_saved l = raw_lock_acquire();
    struct cache *c = arena_pool_get(&pool, sizeof *c);
    if (c != NULL) {
        if (c->listed)
            memset(c->entry, 0, sizeof c->entry);
        else
            c->next = caches, c->listed = true, caches = c;
        self.path_cache = c->entry;
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
    struct hold *h = k->site >= PATH_CACHE_POSTED ? NULL : record_hold(&ours, k->to);
    /* The lock may be gone, and its hold another's. */
    if (h == NULL || h->parent != k->path || h->address != k->address ||
        !path_cache_fits(k, k->path, k->address, k->site))
        return;
    if (atomic_fetch_add_explicit(&h->count, more, memory_order_relaxed) > UINT32_MAX / 2)
        h->count = UINT32_MAX / 2;
}

static void flush_counts(struct path_cache *entry)
{
    for (struct path_cache *k = entry; k < entry + PATH_CACHE_SIZE; k++)
        if ((k->count & (k->count - 1)) != 0)
            path_cache_count(k);
}

void path_cache_clear(void)
{
    if (self.path_cache == NULL)
        return;
    flush_counts(self.path_cache);
    memset(self.path_cache, 0, PATH_CACHE_SIZE * sizeof *self.path_cache);
}

void path_cache_end(void)
{
    if (self.path_cache == NULL)
        return;
    flush_counts(self.path_cache);
    struct signals_saved l = raw_lock_acquire();
    memset(self.path_cache, 0, PATH_CACHE_SIZE * sizeof *self.path_cache);
    arena_pool_put(&pool, self.path_cache);
    self.path_cache = NULL;
    raw_lock_release(l);
}

void path_cache_reset(void)
{
    if (self.path_cache == NULL)
        return;
    memset(self.path_cache, 0, PATH_CACHE_SIZE * sizeof *self.path_cache);
    caches = (struct cache *)(void *)self.path_cache; /* its first member */
    caches->next = NULL;
}

void path_cache_flush(void)
{
    for (struct cache *c = caches; c != NULL; c = c->next)
        flush_counts(c->entry);
}
