/*
 * The cycles of an order graph, the shortest ones first, and of each whether it can close (detect/order/feasible.h).
 *
 * Only the least are told: not a longer cycle where one over some of its locks can close, nor one that cannot close
 * where there is any over some or all of its locks. Cycles that can close are looked for first; for these a way is
 * given up as soon as two of its sides cannot be at one time, and none is longer than there are threads. A dense graph
 * has more cycles than can be counted, so the work is bounded.
 */
#ifndef LOCKWATCH_DETECT_ORDER_CYCLES_H
#define LOCKWATCH_DETECT_ORDER_CYCLES_H

#include "detect/order/feasible.h"

struct cycles_world {
    struct order_graph *graph;
    struct feasible *feasible;
    struct pages *pages;
    bool hurried, no_notes; /* see detect/order/orders.h */

    /* A cycle, side by side in choice->side; false: enough. */
    bool (*found)(void *context, const struct feasible_verdict *verdict);

    /* Whether the orders of these edges all are like some of cycles found so far: of those that can close, or of any.
     */
    bool (*covered)(void *context, uint32_t edge, uint32_t end, bool any);
    void *context;
};

/* False: there may be more of them, as a bound was reached or there is no memory. */
bool cycles_find(const struct cycles_world *w);

#endif
