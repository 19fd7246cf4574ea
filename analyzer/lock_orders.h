/*
 * The lock orders of a record, for whoever wants to see them: which lock was acquired while which other one was held.
 * With `names`, locks that are alike (names_likeness) count as one. Not judged: those that can close a cycle are
 * findings.
 *
 * Reads the trie of holds once, with a bound on the work; `cut` says that there are more.
 */
#ifndef LOCKWATCH_ANALYZER_LOCK_ORDERS_H
#define LOCKWATCH_ANALYZER_LOCK_ORDERS_H

#include "analyzer/symbols/names.h"

struct lock_order {
    uint32_t outer, inner;           /* lock: always the same one of those that are alike */
    uint32_t outer_hold, inner_hold; /* hold: where it was seen first */
    uint64_t times;
    bool next;   /* `inner` was the next one acquired, with no lock between the two */
    bool cyclic; /* `inner` leads back to `outer` */
};

struct lock_orders {
    struct lock_order *item; /* the cyclic ones first, then the most frequent */
    size_t count;
    uint32_t locks; /* how many are named in them */
    bool cut;
};

/* `names` may be NULL. */
void lock_orders_read(struct lock_orders *all, const struct record *r, struct names *names);
void lock_orders_free(struct lock_orders *all);

#endif
