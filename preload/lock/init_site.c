#include "preload/lock/init_site.h"

#include "preload/os/fork_zeroed.h"

#include <stdatomic.h>
#include <string.h>

struct init_sites init_sites __attribute__((aligned(64)));

void init_site_start(void)
{
    memset(init_sites.state + INIT_SITES, 1, MEMORY_SPARE);
}

uint64_t init_site_of(uint64_t address)
{
    uint64_t i = init_site_place(address);
    if (__atomic_load_n(&init_sites.state[i], __ATOMIC_ACQUIRE) != INIT_SITE_VALID ||
        __atomic_load_n(&init_sites.address[i], __ATOMIC_ACQUIRE) != address)
        return 0;
    uint64_t site = init_site_sealed(__atomic_load_n(&init_sites.address[INIT_SITES + i], __ATOMIC_RELAXED), address);
    return site >> INIT_SITE_BITS < INIT_SITE_NUMBERS ? site : 0;
}

/* --- all among some bytes --- */

static void set_state(uint64_t i, enum init_site_state state)
{
    if (state == INIT_SITE_NONE)
        __atomic_store_n(&init_sites.address[i], 0, __ATOMIC_RELAXED);
    __atomic_store_n(&init_sites.state[i], (uint8_t)state, __ATOMIC_RELAXED);
}

/* Of those in state `before`. */
struct change {
    uint64_t from, size;
    enum init_site_state before, after;
};

/* A state without an address is what two threads at once may leave. */
static void change_place(uint64_t i, const struct change *c)
{
    uint8_t state = __atomic_load_n(&init_sites.state[i], __ATOMIC_RELAXED);
    uint64_t address = __atomic_load_n(&init_sites.address[i], __ATOMIC_RELAXED);
    if (state != INIT_SITE_NONE && address == 0)
        set_state(i, INIT_SITE_NONE);
    else if (state == c->before && address - c->from < c->size)
        set_state(i, c->after);
}

/* How many places there are for `size` bytes: of much memory, all. */
static uint64_t places_of(uint64_t from, uint64_t size)
{
    if (size >= (uint64_t)(INIT_SITES / 2) * MEMORY_NEAR)
        return INIT_SITES;
    return memory_place(from + size - 1) - memory_place(from) + 1;
}

static void change_within(const struct change *c)
{
    enum { SOME = 32 };
    uint64_t first = init_site_place(c->from), end = first + places_of(c->from, c->size);
    for (uint64_t i = first; i < end;)
        if (i % SOME == 0 && !memory_filter_any(init_sites.state, INIT_SITES, i, SOME))
            i += SOME;
        else {
            if (init_sites.state[i % INIT_SITES] != INIT_SITE_NONE)
                change_place(i % INIT_SITES, c);
            i++;
        }
}

bool init_site_any_within(uint64_t from, uint64_t size)
{
    return memory_filter_any(init_sites.state, INIT_SITES, init_site_place(from), places_of(from, size));
}

void init_site_end_within(uint64_t from, uint64_t size)
{
    change_within(&(struct change){from, size, INIT_SITE_VALID, INIT_SITE_NONE});
    if (size >= MEMORY_ZONE)
        init_site_tidy(from);
}

void init_site_detach_within(uint64_t from, uint64_t size)
{
    change_within(&(struct change){from, size, INIT_SITE_VALID, INIT_SITE_DETACHED});
}

void init_site_reattach_within(uint64_t from, uint64_t size)
{
    change_within(&(struct change){from, size, INIT_SITE_DETACHED, INIT_SITE_VALID});
}

void init_site_end_detached_within(uint64_t from, uint64_t size)
{
    change_within(&(struct change){from, size, INIT_SITE_DETACHED, INIT_SITE_NONE});
}

/* --- zones without any --- */

static bool is_in_zone(uint64_t i, const struct memory_zone *zone)
{
    uint64_t address = __atomic_load_n(&init_sites.address[i], __ATOMIC_RELAXED);
    return init_sites.state[i] != INIT_SITE_NONE && address != 0 && memory_zone_of(address) == zone;
}

/* From a place on, so that what lies near is found first. */
static bool any_in_zone(const struct memory_zone *zone, uint64_t place)
{
    enum { SOME = 32 };
    for (uint64_t k = 0; k < INIT_SITES; k += SOME) {
        uint64_t i = (place / SOME * SOME + k) % INIT_SITES, end = i + SOME;
        for (i = memory_filter_any(init_sites.state, INIT_SITES, i, SOME) ? i : end; i < end; i++)
            if (is_in_zone(i, zone))
                return true;
    }
    return false;
}

/*
 * A zone is looked through when nothing was initialised there since the last time, and cleared if nothing is since it
 * was looked through: an initialisation that this does not see stores its INITS_NEW after our INITS_LOOKED.
 */
enum { INITS_NONE, INITS_NEW, INITS_OLD, INITS_LOOKED };

static void tidy_zone(struct memory_zone *zone, uint64_t address)
{
    uint8_t looked = INITS_LOOKED;
    uint8_t inits = __atomic_load_n(&zone->inits, __ATOMIC_RELAXED);
    if (inits == INITS_NONE)
        return;
    __atomic_store_n(&zone->inits, inits == INITS_NEW ? INITS_OLD : INITS_LOOKED, __ATOMIC_SEQ_CST);
    if (inits != INITS_NEW && !any_in_zone(zone, init_site_place(address)))
        __atomic_compare_exchange_n(&zone->inits, &looked, INITS_NONE, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* One at a time, or one might take the other's INITS_LOOKED for its own. */
void init_site_tidy(uint64_t address)
{
    static atomic_bool tidying FORK_ZEROED;
    if (atomic_exchange(&tidying, true))
        return;
    struct memory_zone *zone = memory_zone_of(address);
    tidy_zone(&zone[0], address);
    tidy_zone(&zone[1], address + MEMORY_ZONE);
    atomic_store(&tidying, false);
}
