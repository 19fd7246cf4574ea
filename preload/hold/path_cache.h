/*
 * A thread's own cache of paths: "in state `path`, doing `site` to the lock at `address` leads to `to`". Sets of eight
 * entries; an entry is good while the lock's generation is the same. A hit writes nothing that another thread reads,
 * except when its count reaches a power of two: then it is added to the count of the hold.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_PATH_CACHE_H
#define LOCKWATCH_PRELOAD_HOLD_PATH_CACHE_H

#include "preload/lock/lock.h"
#include "preload/os/self.h"

#include <string.h>

struct path_cache {
    uint64_t address;
    uint64_t site; /* return address | how << 56, or one of the two values below */
    uint32_t path;
    uint32_t generation;
    uint32_t to;
    uint32_t count; /* hits; hold.count has all of them up to the last power of two */
};

enum { PATH_CACHE_WAYS = 8, PATH_CACHE_SIZE = 64 * PATH_CACHE_WAYS };
static const uint64_t PATH_CACHE_RELEASE = UINT64_MAX; /* released: `to` is the path that is left, or NOT_HELD */
static const uint64_t PATH_CACHE_POSTED =
    UINT64_MAX - 1; /* posted without holding it: `to` is the wake, 0 if all is recorded */
static const uint32_t NOT_HELD = UINT32_MAX;

/* Give the thread its cache if it has none; false: no memory. Everything below needs it. Not under the raw lock. */
bool path_cache_ready(void) HIDDEN;

/* Invalidate every entry; the counts are added first. */
void path_cache_clear(void) HIDDEN;

/* The thread ended: its cache serves another. In the child of a fork: invalidate it without adding counts. */
void path_cache_end(void) HIDDEN;
void path_cache_reset(void) HIDDEN;

/* At the end of the process: add all threads' hits to the counts of the holds. */
void path_cache_flush(void) HIDDEN;

static inline bool path_cache_fits(const struct path_cache *k, uint32_t path, uint64_t address, uint64_t site)
{
    return k->address == address && k->site == site && k->path == path && k->generation == lock_generation(address);
}

/* The newest first. */
static inline struct path_cache *path_cache_set_of(uint32_t path, uint64_t address)
{
    uint64_t h = (address ^ (uint64_t)path << 32) * 0x9E3779B97F4A7C15u;
    return &self.path_cache[(h >> 58) * PATH_CACHE_WAYS];
}

static inline struct path_cache *path_cache_find(uint32_t path, uint64_t address, uint64_t site)
{
    struct path_cache *k = path_cache_set_of(path, address);
    for (int i = 0; i < PATH_CACHE_WAYS; i++, k++)
        if (likely(path_cache_fits(k, path, address, site)))
            return k;
    return NULL;
}

/* Add the hits since the last power of two to the hold's count. */
void path_cache_count(struct path_cache *k) HIDDEN;

static inline void path_cache_hit(struct path_cache *k)
{
    uint32_t count = ++k->count;
    if (unlikely((count & (count - 1)) == 0))
        path_cache_count(k);
}

static inline void path_cache_add(uint32_t path, uint64_t address, uint64_t site, uint32_t to)
{
    struct path_cache *k = path_cache_set_of(path, address), *last = k + PATH_CACHE_WAYS - 1;
    if ((last->count & (last->count - 1)) != 0)
        path_cache_count(last);
    memmove(k + 1, k, (PATH_CACHE_WAYS - 1) * sizeof *k);
    k[0] = (struct path_cache){address, site, path, lock_generation(address), to, 0};
}

#endif
