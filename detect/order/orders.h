/*
 * Which lock orders can close a cycle: deadlocks that did not happen. Judged from the trie of holds alone: `a` before
 * `b` is a hold of b, asked for and not merely tried, with a hold of a on its path.
 *
 * A cycle is a lock-order warning when its sides can be taken at one time: each wanting in a mode that what the next
 * one holds does not admit; by different threads; with nothing held by two of them that only one can have; in epochs
 * that neither creation nor joining puts one behind the other; and none of them with a time-out. Else it is a note,
 * with the first of these as its reason that cannot be met together with those before it; where the modes do not
 * exclude each other it is nothing. Only the least cycles are told. Cycles of the same locks' names and call sites are
 * one finding, with a count; so are longer ones of the same sides, and the count says how many were met.
 *
 * Cost: linear in the trie where locks are in no cycle. Cycles are searched with a bound on the work, a second or two.
 */
#ifndef LOCKWATCH_DETECT_ORDER_ORDERS_H
#define LOCKWATCH_DETECT_ORDER_ORDERS_H

#include "detect/finding.h"

struct orders_world {
    const struct record *record;

    /* What cycles are alike by: a number that locks of one name, but for numbers in brackets, share. NULL: each lock is
     * like those made at the same place, static ones like none. */
    uint64_t (*likeness)(void *context, uint32_t lock);
    void *context;

    bool hurried;  /* the work of about a second at most, where it may otherwise be some: a process waits to end */
    bool no_notes; /* longer cycles are searched for those that can close only; `complete` is about these */
};

/* Calls `found` once a finding, that of the shortest cycles first; it lives until `found` returns. Stops early when
 * that returns false. Takes memory from mmap; when there is none, `complete` is false, as when a bound was reached. */
typedef bool orders_found(void *context, const struct finding *f);
struct orders_result {
    unsigned found;
    bool complete;
};
struct orders_result orders_judge(const struct orders_world *w, orders_found *found, void *context);

#endif
