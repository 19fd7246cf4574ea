/*
 * The candidates for one side of a cycle of lock orders: acquisitions of the lock at some place, with other locks held,
 * by a thread, in an epoch of its life (record/layout.h, struct acquisition). There may be many of them for a side, and
 * any will do; detect/order/feasible.h chooses.
 */
#ifndef LOCKWATCH_DETECT_ORDER_CANDIDATES_H
#define LOCKWATCH_DETECT_ORDER_CANDIDATES_H

#include "record/table.h"

/* One acquisition. Of a writer that stands between two readers: how it asked for the lock, whatever it held. */
struct order_candidate {
    uint64_t site;       /* of the call */
    uint32_t node, hold; /* as in struct order; a writer's hold is 0 */
    uint32_t lock;       /* that is wanted */
    uint32_t epoch, serial;
    uint32_t path; /* as in struct order */
    uint32_t depth;
    uint32_t spanned_by, creator; /* as in struct epoch; spanned_by 0: none */
    uint32_t via;      /* it waits for `lock` by way of this wait (wait_orders.h); 0: it asks for it itself */
    uint32_t wake;     /* of a waker, which such a wait waits for; its node and hold are 0; else 0 */
    uint8_t want, had; /* enum hold_how: of asking for `lock`, and of holding what the side before it wants */
    uint16_t units;    /* of the semaphore `lock` that it held then, where these are counted; else 0 */
};

enum { CANDIDATES_NODE = 64 }; /* acquisitions of a node that are looked at */

/* What a node says of its acquisitions: all but what the threads held, and which threads they were. */
struct order_candidate candidates_of_node(const struct record *r, uint32_t node, const struct hold *h);

/* Which thread it is, by an epoch of that. */
void candidates_set_thread(const struct record *r, struct order_candidate *c, const struct epoch *e);

/* One for each recorded acquisition of c.node, otherwise like `c`; how many, up to `room`. */
uint32_t candidates_add(const struct record *r, struct order_candidate c, struct order_candidate *to, uint32_t room);

/* The best first: without a time-out, and with few other locks held. */
void candidates_sort(struct order_candidate *c, uint32_t count);

/* The same, and of those that are alike in all that matters only the best. How many are left. */
uint32_t candidates_thin_out(struct order_candidate *c, uint32_t count);

#endif
