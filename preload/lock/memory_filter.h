/*
 * Where in memory there are locks with ids, names of locks, or init sites: a filter that keeps free, and all that ends
 * memory, away from everything else. It is asked in two steps: for zones of 256 KiB, and then, only where one is
 * marked, for places of 32 bytes. Init sites are a second step of their own (preload/lock/init_site.h).
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_MEMORY_FILTER_H
#define LOCKWATCH_PRELOAD_LOCK_MEMORY_FILTER_H

#include "preload/os/self.h"

#include <stdint.h>

/*
 * What there is at the addresses of a zone. Addresses that differ by a multiple of 4 GiB share one. The first, that of
 * NULL, is always marked, and so is the copy of it behind the last.
 */
enum { MEMORY_ZONE = 256 * 1024, MEMORY_ZONES = 16384 };
struct memory_zone {
    uint8_t known; /* locks that have an id, or a name; a count that stays when it is full. Under the raw lock */
    uint8_t inits; /* not 0: there may be init sites. Only init_site.c makes it 0 */
};
extern struct memory_zone memory_zones[MEMORY_ZONES + 1] HIDDEN;

/* What free asks: the above; or, as long as blocks do not have their size before them, a table of marked zones. */
extern const struct memory_zone *memory_zones_asked HIDDEN;
void memory_filter_mark_all(bool all) HIDDEN;

/*
 * Places, and pages for larger blocks: counts as above. Those behind the last are always marked, as a row is read
 * across the end: what is found there is looked for more closely.
 */
enum { MEMORY_NEAR = 32, MEMORY_PLACES = 65536, MEMORY_PAGE = 4096, MEMORY_PAGES = 16384, MEMORY_SPARE = 32 };
extern uint8_t memory_known[MEMORY_PLACES + MEMORY_SPARE] HIDDEN;
extern uint8_t memory_known_pages[MEMORY_PAGES + MEMORY_SPARE] HIDDEN;

/*
 * The place of an address, by which tables are indexed as far as they go. What is a row in memory is a row of places;
 * arenas of malloc, 64 MiB apart, do not have theirs one on the other.
 */
static inline uint64_t memory_place(uint64_t address)
{
    return (address + (address >> 16)) / MEMORY_NEAR;
}

static inline struct memory_zone *memory_zone_of(uint64_t address)
{
    return &memory_zones[(uint32_t)address / MEMORY_ZONE];
}

/* Whether there may be a lock with an id, or a name, at the place of this address. */
static inline bool memory_filter_knows(uint64_t address)
{
    return unlikely(memory_zone_of(address)->known != 0) && memory_known[memory_place(address) % MEMORY_PLACES] != 0;
}

/* Of a table whose size is a power of 2: eight entries from `first` on; and the first `count` of these. */
static inline uint64_t memory_row(const uint8_t *table, uint64_t size, uint64_t first)
{
    typedef uint64_t __attribute__((may_alias, aligned(1))) row;
    return *(const row *)(table + (first & (size - 1)));
}

static inline uint64_t memory_row_part(const uint8_t *table, uint64_t size, uint64_t first, uint64_t count)
{
    return memory_row(table, size, first) << (8 - count) * 8;
}

/* A block no longer than this has no more than eight places. */
enum { MEMORY_ROW = 7 * MEMORY_NEAR };

/* Whether something may be at a block no larger than a zone: it touches two. */
static inline bool memory_filter_marks(const void *block)
{
    return arch_any_of_four(&memory_zones_asked[(uint32_t)(uintptr_t)block / MEMORY_ZONE]);
}

/* Whether any of `count` entries is not 0. */
bool memory_filter_any(const uint8_t *table, uint64_t size, uint64_t first, uint64_t count) HIDDEN;

/* One lock more, or fewer, at an address. Under the raw lock. */
void memory_filter_count(uint64_t address, bool more) HIDDEN;

#endif
