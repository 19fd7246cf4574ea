#include "preload/lock/init_site.h"

#include "preload/lock/page_filter.h"
#include "preload/os/aside.h"
#include "preload/os/index.h"

#include <stdatomic.h>

/* By address, in sets of those that are near each other, so that a block of memory has few places to look at. */
enum { PLACES = 8192, PLACES_NEAR = 8, STEP = 8 };
static struct place {
    _Atomic uint64_t address; /* 0: free */
    uint64_t site;
} place[PLACES];

static struct place *place_of(uint64_t address)
{
    uint64_t set = index_mix(address / ((uint64_t)PLACES_NEAR * STEP)) >> 24;
    return &place[(set * PLACES_NEAR + address / STEP % PLACES_NEAR) % PLACES];
}

static void clear(struct place *b, uint64_t address)
{
    atomic_store_explicit(&b->address, 0, memory_order_relaxed);
    page_filter_count_init(address, -1);
}

void init_site_note(uint64_t address, uint64_t site)
{
    if (unlikely(aside_taken))
        return;
    struct place *b = place_of(address);
    uint64_t before = atomic_load_explicit(&b->address, memory_order_relaxed);
    if (before != address) {
        if (before != 0)
            clear(b, before);
        page_filter_count_init(address, 1);
    }
    atomic_store_explicit(&b->address, 0, memory_order_relaxed);
    b->site = site;
    atomic_store_explicit(&b->address, address, memory_order_release);
}

uint64_t init_site_of(uint64_t address)
{
    const struct place *b = place_of(address);
    return b->address == address ? b->site : 0;
}

void init_site_forget(uint64_t address)
{
    struct place *b = place_of(address);
    if (atomic_load_explicit(&b->address, memory_order_relaxed) == address)
        clear(b, address);
}

static void forget_if_within(struct place *b, uint64_t from, uint64_t size)
{
    uint64_t address = atomic_load_explicit(&b->address, memory_order_relaxed);
    if (address != 0 && address - from < size)
        clear(b, address);
}

void init_site_forget_within(uint64_t from, uint64_t size)
{
    if (size >= (size_t)PLACES * STEP)
        for (uint32_t i = 0; i < PLACES; i++)
            forget_if_within(&place[i], from, size);
    else
        for (uint64_t at = from / STEP * STEP; at < from + size; at += STEP)
            forget_if_within(place_of(at), from, size);
}
