/*
 * Which lock orders can close a cycle: deadlocks that did not happen. The idea of searching the lock-order graph of a
 * single run is K. Havelund's ("Using Runtime Analysis to Guide Model Checking of Java Programs", SPIN 2000); distinct
 * threads, gate locks and happens-before are S. Bensalem's and K. Havelund's ("Dynamic Deadlock Analysis of
 * Multi-threaded Programs", 2005). Judged from the trie of holds alone: `a` before `b` is a hold of b that was asked
 * for and not merely tried, with a hold of a on its path.
 *
 * A cycle is a warning when its sides can be acquired at one time: each wanting in a mode that what the next one holds
 * does not admit; by distinct threads; with no gate lock; concurrently, as far as creation and joining of threads tell;
 * and none of them with a time-out. Else it is a note, with the first of these as its reason that cannot be met
 * together with those before it; where the modes do not exclude each other it is nothing. Only the least cycles are
 * reported. Cycles of the same locks' names and call sites are one finding, with a count; so are longer ones of the
 * same sides.
 *
 * Linear in the trie where locks are in no cycle. Cycles are searched with a bound on the work, a second or two. Memory
 * comes from mmap and is returned at the end.
 */
#ifndef LOCKWATCH_DETECT_ORDER_ORDERS_H
#define LOCKWATCH_DETECT_ORDER_ORDERS_H

#include "detect/order/orders_world.h"

/* `complete`: no bound was reached, and there was memory. */
struct orders_result {
    unsigned found;
    bool complete;
};

/* Calls `found` for each finding, those of the shortest cycles first. */
struct orders_result orders_judge(const struct orders_world *w, orders_found *found, void *context);

#endif
