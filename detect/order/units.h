/*
 * Semaphores of several units, used as locks, of which threads hold some and ask for one more: they deadlock when all
 * units are held by such threads. That is a cycle of one lock, with as many sides as there are such threads; each side
 * holds what the next one wants, as any unit would do. Sides are candidates like those of other cycles
 * (detect/order/feasible.h), so the same conditions hold; a semaphore is no gate lock for those who ask for more of it.
 *
 * A walk through the trie, and for each such semaphore a bounded search, for two sides, then three, and so on.
 */
#ifndef LOCKWATCH_DETECT_ORDER_UNITS_H
#define LOCKWATCH_DETECT_ORDER_UNITS_H

#include "detect/order/feasible.h"

struct units {
    struct order *order; /* of a semaphore under itself: locks, not vertices; those of one semaphore side by side */
    uint32_t orders;
    bool incomplete; /* there are more than could be looked at */
};

/* False: no memory. */
bool units_begin(struct units *u, const struct record *r, struct pages *p);

/* How many of the orders, from `first` on, are of one semaphore. */
uint32_t units_same(const struct units *u, uint32_t first);

/*
 * Whether the holders of the semaphore of order[first], of which there are `count`, can deadlock. Unless its severity
 * is 0 the sides of `f` are chosen; they are to be popped, and f->units is to be set back, by units_end.
 */
struct feasible_verdict units_judge(struct feasible *f, const struct units *u, uint32_t first, uint32_t count);
void units_end(struct feasible *f);

#endif
