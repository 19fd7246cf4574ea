/*
 * The ways to take one side of a cycle of lock orders: at a place, with other locks in hand, by a thread, in an epoch
 * of its life (record/layout.h, struct acquisition).
 */
#ifndef LOCKWATCH_DETECT_ORDER_ACQUISITIONS_H
#define LOCKWATCH_DETECT_ORDER_ACQUISITIONS_H

#include "record/table.h"

/* A way to take a side. Of a writer that stands between two readers: how it asked for the lock, whatever it held. */
struct way {
    uint64_t site;       /* of the call */
    uint32_t node, hold; /* as in struct order; a writer's hold is none */
    uint32_t lock;       /* that is wanted */
    uint32_t epoch, serial;
    uint32_t path; /* as in struct order */
    uint32_t depth;
    uint8_t want, had; /* enum hold_how */
};

enum { WAYS_TAKINGS = 64 }; /* of a node that are looked at */

/* The way that a node tells of, but for what it holds and who took it. */
struct way acquisitions_of_node(const struct record *r, uint32_t node, const struct hold *h);

/* One for each taking of its node; how many, up to `room`. */
uint32_t acquisitions_by_recorded(const struct record *r, struct way w, struct way *to, uint32_t room);

/* The best first: without a time-out, and with few other locks in hand. */
void acquisitions_sort(struct way *way, uint32_t count);

/* The same, and of those that are alike in all that matters only the best. How many are left. */
uint32_t acquisitions_thin_out(struct way *way, uint32_t count);

#endif
