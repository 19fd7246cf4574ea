/*
 * The cycles of lock orders that were found so far, as findings. Cycles that are alike (detect/order/fingerprint.h) and
 * came equally near to closing are one finding with a count; so is a longer cycle all of whose sides are those of one
 * that was found. Beside it, the sides of all findings, to tell where nothing new can come.
 */
#ifndef LOCKWATCH_DETECT_ORDER_FOUND_CYCLES_H
#define LOCKWATCH_DETECT_ORDER_FOUND_CYCLES_H

#include "detect/order/feasible.h"
#include "detect/order/orders_world.h"

enum { FOUND_MOST = 1024 };

/* Fingerprints of sides. */
struct side_set {
    uint64_t slot[1 << 14];
    uint32_t count;
};

struct found_cycles {
    struct pages *pages;
    struct found_cycle *cycle; /* in the order in which they were found */
    uint32_t cycles;
    struct side *side; /* of all of them, and the fingerprint of each */
    uint64_t *fingerprint;
    uint32_t sides, sides_room;
    uint32_t bucket[4 * FOUND_MOST]; /* 1 + index of a cycle, by fingerprint and verdict */
    struct side_set closing, any;    /* sides of those that can close, and of all */
};

/* *c is zero. False: no memory. */
bool found_cycles_begin(struct found_cycles *c, struct pages *p);

/* One cycle: `side` has the fingerprint of each of its lock orders; there are `between` further threads, which are
 * writers, or, with `waits`, those that would end waits. */
enum found { FOUND_KNOWN, FOUND_NEW, FOUND_NO_ROOM };
enum found found_cycles_add(struct found_cycles *c, const uint64_t *side, uint32_t sides, uint32_t between, bool waits,
                            const struct feasible_verdict *v);

/* The sides of the newest one, to be filled in. */
struct side *found_cycles_newest(struct found_cycles *c);

/* How near a cycle comes to closing: all conditions met, or all but the last, and so on. */
unsigned found_cycles_rank(const struct feasible_verdict *v);

/* Whether a side is one of a cycle that can close, or, with `any`, of any. */
bool found_cycles_have_side(const struct found_cycles *c, uint64_t side, bool any);

/* Report them, the shortest first, and those that can close before others; not those to which one is alike that came
 * nearer. How many they are. */
unsigned found_cycles_report(struct found_cycles *c, orders_found *found, void *context);

#endif
