/*
 * Which lock orders can close a ring: deadlocks that did not happen. Judged from the trie of holds alone: `a` before
 * `b` is a hold of b, asked for and not merely tried, with a hold of a on its path.
 *
 * A ring is a lock-order warning when its sides can be taken at one time: by different threads, in epochs that neither
 * creation nor joining puts one behind the other, with nothing held exclusively by two of them, each wanting in a mode
 * that what the next one holds does not admit, and none of them with a time-out. Where just one of these fails for
 * every way to take the sides it is a note, with that as its reason (detect/finding.h). Rings of the same locks' names
 * and call sites are one finding, with a count.
 */
#ifndef LOCKWATCH_DETECT_ORDERS_H
#define LOCKWATCH_DETECT_ORDERS_H

#include "detect/finding.h"

struct orders_world {
    const struct record *record;

    /* What rings are alike by: a number that locks of one name, but for numbers in brackets, share. NULL: each lock is
     * like those made at the same place, static ones like none. */
    uint64_t (*likeness)(void *context, uint32_t lock);
    void *context;
};

/* Calls `found` once a finding, that of the shortest rings first; it lives until `found` returns. Stops early when that
 * returns false. Takes memory from mmap; when there is none, `complete` is false, as when a bound was reached. */
typedef bool orders_found(void *context, const struct finding *f);
struct orders_result {
    unsigned found;
    bool complete;
};
struct orders_result orders_judge(const struct orders_world *w, orders_found *found, void *context);

#endif
