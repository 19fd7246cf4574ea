/*
 * Where mutexes and the like were initialised, for when they get an id, which most never do. A table by address, in
 * which a lock replaces another at the same place: of some thousands that are alive.
 *
 * Read and written without locks and without atomic instructions. What two threads, or a signal handler, do with a
 * place at once may lose a site, but never gives it to another lock. A site ends when its lock is destroyed, or else
 * with the memory: so free needs to know where there are some. Their states tell it, and before that a mark for each
 * zone of memory, which init sets, and which is cleared when somebody finds that nothing is left.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_INIT_SITE_H
#define LOCKWATCH_PRELOAD_LOCK_INIT_SITE_H

#include "preload/lock/memory_filter.h"
#include "preload/os/real.h"

#include <stdint.h>

/* By place, which is smaller than a mutex. */
enum { INIT_SITES = 4096 };
/* Above the bits of its address a site may have a number, which means nothing here. */
enum { INIT_SITE_BITS = 48, INIT_SITE_NUMBERS = 512 };
enum init_site_state { INIT_SITE_NONE, INIT_SITE_VALID, INIT_SITE_DETACHED };
struct init_sites {
    uint64_t address[2 * INIT_SITES];         /* and after them, in the same order, their sites: init_site_sealed */
    uint8_t state[INIT_SITES + MEMORY_SPARE]; /* those behind the last as in the filter */
};
extern struct init_sites init_sites HIDDEN;

/* One base for all of it; gcc would work out three addresses. */
static inline struct init_sites *init_site_table(void)
{
    struct init_sites *table = &init_sites;
    __asm__("" : "+r"(table));
    return table;
}

static inline uint64_t init_site_place(uint64_t address)
{
    return memory_place(address) % INIT_SITES;
}

/* Opens with the same address alone: else a site that one thread wrote may stand beside another's address. */
static inline uint64_t init_site_sealed(uint64_t site, uint64_t address)
{
    return site ^ address * 0x1E3779B1u;
}

/* A lock was initialised at this address by the call at `site`. The order of the stores matters. */
static inline void init_site_note(uint64_t address, uint64_t site)
{
    struct init_sites *t = init_site_table();
    uint64_t i = init_site_place(address), *place = &t->address[i];
    __atomic_store_n(place + INIT_SITES, init_site_sealed(site, address), __ATOMIC_RELEASE);
    __atomic_store_n(place, address, __ATOMIC_RELEASE);
    __atomic_store_n(&t->state[i], INIT_SITE_VALID, __ATOMIC_RELEASE);
    __atomic_store_n(&memory_zone_of(address)->inits, 1, __ATOMIC_RELEASE); /* INITS_NEW in init_site.c */
}

/* It was destroyed. */
static inline void init_site_forget(uint64_t address)
{
    struct init_sites *t = init_site_table();
    uint64_t i = init_site_place(address);
    if (t->address[i] == address) {
        __atomic_store_n(&t->address[i], 0, __ATOMIC_RELAXED);
        __atomic_store_n(&t->state[i], INIT_SITE_NONE, __ATOMIC_RELAXED);
    }
}

/* Where the lock at an address was initialised, as it was noted; 0: not known. */
uint64_t init_site_of(uint64_t address) HIDDEN;

/* Whether there may be sites among `size` bytes. */
bool init_site_any_within(uint64_t from, uint64_t size) HIDDEN;

/*
 * The memory of all that lies among `size` bytes is released; or it may be, until they are reattached, or ended after
 * all.
 */
void init_site_end_within(uint64_t from, uint64_t size) HIDDEN;
void init_site_detach_within(uint64_t from, uint64_t size) HIDDEN;
void init_site_reattach_within(uint64_t from, uint64_t size) HIDDEN;
void init_site_end_detached_within(uint64_t from, uint64_t size) HIDDEN;

/* At start-up. */
void init_site_start(void) HIDDEN;

/* Clear the marks of the zone of this address, and of the next, if there are no sites. Now and then. */
void init_site_tidy(uint64_t address) HIDDEN;

#endif
