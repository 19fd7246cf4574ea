/*
 * Which pages have locks with ids, names of locks, or init sites: a filter that keeps free, and all that ends memory,
 * away from everything else.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_PAGE_FILTER_H
#define LOCKWATCH_PRELOAD_LOCK_PAGE_FILTER_H

#include "preload/os/self.h"

#include <stdint.h>

/*
 * What there is at the addresses of a page, and of the one after it: so a block no larger than a page needs but the
 * mark of the page that it begins in. Pages whose numbers differ by a multiple of PAGE_FILTER_PAGES share one.
 */
enum { PAGE_FILTER_PAGE = 4096, PAGE_FILTER_PAGES = 16384, PAGE_FILTER_SPARE = 4 };
struct page_filter {
    uint16_t
        locks; /* locks that have an id, or a name; a count that stays when it is full. Written under the raw lock */
    uint16_t inits; /* mutexes that were made there (preload/lock/init_site.h). Two who count at once may lose one */
};
extern struct page_filter page_filter[PAGE_FILTER_PAGES + PAGE_FILTER_SPARE] HIDDEN; /* the spare ones stay 0 */

static inline struct page_filter *page_filter_of(uint64_t address)
{
    return &page_filter[address / PAGE_FILTER_PAGE % PAGE_FILTER_PAGES];
}

/* One lock more, or fewer, at an address. Under the raw lock. */
void page_filter_count_lock(uint64_t address, bool more) HIDDEN;

static inline void page_filter_count_init(uint64_t address, int by)
{
    for (int i = 0; i < 2; i++) {
        uint16_t *inits = &page_filter_of(address - (uint64_t)i * PAGE_FILTER_PAGE)->inits;
        __atomic_store_n(inits, (uint16_t)(__atomic_load_n(inits, __ATOMIC_RELAXED) + by), __ATOMIC_RELAXED);
    }
}

/* Whether something may end with a block no larger than a page. */
static inline bool page_filter_marks(const void *block)
{
    const struct page_filter *m = page_filter_of((uint64_t)(uintptr_t)block);
    return unlikely(m->locks != 0) || unlikely(m->inits != 0);
}

#endif
