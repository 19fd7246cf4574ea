#include "preload/lock/page_filter.h"

struct page_filter page_filter[PAGE_FILTER_PAGES + PAGE_FILTER_SPARE];

static void count_lock(uint64_t address, bool more)
{
    uint16_t *locks = &page_filter_of(address)->locks;
    if (*locks != UINT16_MAX)
        __atomic_store_n(locks, (uint16_t)(more ? *locks + 1 : *locks - 1), __ATOMIC_RELAXED);
}

void page_filter_count_lock(uint64_t address, bool more)
{
    count_lock(address, more);
    count_lock(address - PAGE_FILTER_PAGE, more);
}
