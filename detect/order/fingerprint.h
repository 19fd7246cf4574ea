/*
 * By what cycles of lock orders are alike: fingerprints, 64-bit hashes, of locks, sides and whole cycles. Locks of one
 * likeness have one fingerprint; a side is what is held, where it was acquired, what is wanted, and where. Those of
 * locks are kept; all others are as cheap as a few multiplications.
 */
#ifndef LOCKWATCH_DETECT_ORDER_FINGERPRINT_H
#define LOCKWATCH_DETECT_ORDER_FINGERPRINT_H

#include "detect/order/orders_world.h"
#include "detect/pages.h"

struct fingerprints {
    const struct orders_world *world;
    uint64_t *lock; /* by lock; 0: not asked yet */
    uint32_t locks;
};

/* False: no memory. */
bool fingerprints_begin(struct fingerprints *f, const struct orders_world *w, struct pages *p);

/* `hold` and `node` are as in struct order, `held` and `wanted` locks. Never 0. */
uint64_t fingerprint_side(struct fingerprints *f, uint32_t held, uint32_t hold, uint32_t wanted, uint32_t node);

/* Of n sides in a row, whichever of them comes first. */
uint64_t fingerprint_cycle(const uint64_t *side, uint32_t n);

uint64_t fingerprint_mix(uint64_t hash, uint64_t value);

#endif
