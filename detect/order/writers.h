/*
 * Which acquisitions write a reader-writer lock that prefers writers. A reader waits for another reader only where such
 * a writer waits between the two. Found in one pass over the trie when first asked for.
 */
#ifndef LOCKWATCH_DETECT_ORDER_WRITERS_H
#define LOCKWATCH_DETECT_ORDER_WRITERS_H

#include "detect/order/candidates.h"
#include "detect/pages.h"

struct writers {
    const struct record *record;
    struct pages *pages;
    uint32_t *newest;            /* by lock: 1 + the index of its newest writer; NULL: nobody asked so far */
    struct rwlock_writer *entry; /* all of them */
    uint32_t locks, entries;
    bool incomplete; /* there are more, or there is no memory */
};

void writers_begin(struct writers *w, const struct record *r, struct pages *p);

bool writers_exist(struct writers *w, uint32_t lock);

/* The writers of a lock, up to `room` of them. */
uint32_t writers_copy(struct writers *w, uint32_t lock, struct order_candidate *to, uint32_t room);

#endif
