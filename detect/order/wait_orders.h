/*
 * Lock orders by way of a wait. A thread that waits at a semaphore, condition, barrier or for the end of a thread while
 * it holds a lock waits in effect for each lock that all known wakers acquire on their way there: one more order of
 * that lock. (An event as a vertex of the graph, with the locks its wakers need behind it, as in Linux's DEPT:
 * https://lwn.net/Articles/892935; here the two edges are one.) The wakers are further threads, which hold nothing that
 * matters: they are chosen last. A lock that the waiting thread holds itself is none: wait_holding.h judges that.
 *
 * Read from the waits in the trie and the locksets of the wakers. Which locks may be needed is asked once for each
 * thing that is awaited; who waits and whether all wakers need a lock, only of what may be on a cycle. Memory from
 * `pages`; the number of steps is bounded.
 */
#ifndef LOCKWATCH_DETECT_ORDER_WAIT_ORDERS_H
#define LOCKWATCH_DETECT_ORDER_WAIT_ORDERS_H

#include "detect/epochs.h"
#include "detect/order/candidates.h"

enum { WAIT_ORDERS_NEEDED = 32 }; /* locks that the wakers of one wait need, as far as they are looked at */

struct wait_orders {
    const struct record *record;
    struct pages *pages;
    struct epochs epochs;
    uint32_t locks;
    uint32_t *asked; /* by what is awaited: 1 + where in `needed` its locks are, their number first; 0: not asked yet */
    uint32_t *needed;
    uint32_t needs, needs_room;
    struct wait_order *order;
    uint32_t orders, orders_room;
    struct order_candidate *candidate;
    uint32_t candidates, candidates_room;
    uint64_t steps;
    bool begun, incomplete;
};

/* Nothing is allocated before there is such a wait. */
void wait_orders_begin(struct wait_orders *w, const struct record *r, struct pages *p);

/* Locks that a wait at a node (hold) may depend on: all its wakers but one need each of them. How many; 0: it is none,
 * or they need a lock that is held there. */
uint32_t wait_orders_needed(struct wait_orders *w, uint32_t node, uint32_t lock[WAIT_ORDERS_NEEDED]);

/* A number for the order of `lock` by way of the wait at a node; 0: no room. */
uint32_t wait_orders_add(struct wait_orders *w, uint32_t node, uint32_t lock);

/* The threads that waited there, as candidates for a side that wants the lock: all that can be said of the wakers is
 * that they need it, or there is none. */
const struct order_candidate *wait_orders_candidates(struct wait_orders *w, uint32_t via, uint32_t *count);

/* The wakers that one of these waits for; how many, up to `room`. */
uint32_t wait_orders_wakers(struct wait_orders *w, const struct order_candidate *c, struct order_candidate *to,
                            uint32_t room);

#endif
