#include "preload/lock/memory_filter.h"

#include <string.h>

struct memory_zone memory_zones[MEMORY_ZONES + 1];
uint8_t memory_known[MEMORY_PLACES + MEMORY_SPARE];
uint8_t memory_known_pages[MEMORY_PAGES + MEMORY_SPARE];

static const struct memory_zone everything[MEMORY_ZONES + 1] = {[0 ... MEMORY_ZONES] = {1, 1}};
const struct memory_zone *memory_zones_asked = everything;

void memory_filter_mark_all(bool all)
{
    memory_zones[0].known = memory_zones[MEMORY_ZONES].known = UINT8_MAX;
    memory_zones_asked = all ? everything : memory_zones;
    memset(memory_known + MEMORY_PLACES, 1, MEMORY_SPARE);
    memset(memory_known_pages + MEMORY_PAGES, 1, MEMORY_SPARE);
}

bool memory_filter_any(const uint8_t *table, uint64_t size, uint64_t first, uint64_t count)
{
    typedef uint64_t long_row __attribute__((vector_size(MEMORY_SPARE), may_alias, aligned(1)));
    uint64_t end = first + count;
    for (; first + MEMORY_SPARE <= end; first += MEMORY_SPARE) {
        long_row all = *(const long_row *)(const void *)(table + (first & (size - 1)));
        if ((all[0] | all[1] | all[2] | all[3]) != 0)
            return true;
    }
    for (; first + 8 <= end; first += 8)
        if (memory_row(table, size, first) != 0)
            return true;
    return first < end && memory_row_part(table, size, first, end - first) != 0;
}

static void count(uint8_t *locks, bool more)
{
    if (*locks != UINT8_MAX)
        __atomic_store_n(locks, (uint8_t)(more ? *locks + 1 : *locks - 1), __ATOMIC_RELAXED);
}

void memory_filter_count(uint64_t address, bool more)
{
    count(&memory_known[memory_place(address) % MEMORY_PLACES], more);
    count(&memory_known_pages[address / MEMORY_PAGE % MEMORY_PAGES], more);
    count(&memory_zone_of(address)->known, more);
}
