/*
 * The cycles of a lock-order graph, the shortest ones first, and of each whether it can close
 * (detect/order/feasible.h). Each cycle is found from its least vertex by a search in depth that is bounded by the
 * distance back to it, after the manner of R. Tarjan ("Enumeration of the Elementary Circuits of a Directed Graph",
 * SIAM J. Comput. 2(3), 1973) and D. B. Johnson ("Finding All the Elementary Circuits of a Directed Graph", SIAM J.
 * Comput. 4(1), 1975).
 *
 * Only the least are reported: not a longer cycle where one over some of its locks can close, nor one that cannot close
 * where there is any over some or all of its locks. Cycles that can close are searched first; for these a path is given
 * up as soon as two of its sides cannot be at one time, and none is longer than there are threads. A dense graph has
 * more cycles than can be counted, so the work is bounded.
 */
#ifndef LOCKWATCH_DETECT_ORDER_CYCLES_H
#define LOCKWATCH_DETECT_ORDER_CYCLES_H

#include "detect/order/feasible.h"

struct cycles_world {
    struct order_graph *graph;
    struct feasible *feasible;
    struct pages *pages;
    bool hurried, no_notes; /* see detect/order/orders_world.h */

    /* A cycle, side by side in feasible->side; false: enough. */
    bool (*found)(void *context, const struct feasible_verdict *verdict);

    /* Whether the orders of edges `edge` up to `end` - 1 all are like some of cycles found so far: of those that can
     * close, or of any. */
    bool (*covered)(void *context, uint32_t edge, uint32_t end, bool any);
    void *context;
};

/* False: there may be more of them, as a bound was reached or there is no memory. */
bool cycles_find(const struct cycles_world *w);

#endif
