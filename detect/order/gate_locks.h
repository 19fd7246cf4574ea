/*
 * Gate locks: whether two sides of a cycle hold something at the same time that only one of them can have, so that they
 * never meet (J. J. Harrow, "Runtime Checking of Multithreaded Applications with Visual Threads", SPIN 2000; S.
 * Bensalem and K. Havelund, "Dynamic Deadlock Analysis of Multi-threaded Programs", 2005). Keeps, for each lock, how
 * many of the sides chosen so far hold it; sides are added and removed as the search goes on. A walk along one path
 * each.
 */
#ifndef LOCKWATCH_DETECT_ORDER_GATE_LOCKS_H
#define LOCKWATCH_DETECT_ORDER_GATE_LOCKS_H

#include "detect/pages.h"
#include "record/table.h"

struct gate_locks {
    const struct record *record;
    struct gate_count *count; /* by lock */
    uint32_t locks;
    uint64_t *steps; /* where the work is counted */
};

/* False: no memory. */
bool gate_locks_begin(struct gate_locks *g, const struct record *r, struct pages *p, uint64_t *steps);

/* Add what is held where a node (hold) asks for its lock, and remove it again. */
void gate_locks_add(struct gate_locks *g, uint32_t node);
void gate_locks_remove(struct gate_locks *g, uint32_t node);

/*
 * A lock that is held where `node` asks for its own, and by one that was added, such that both cannot be; 0: none. Of
 * several rather one that is not `in_cycle`; that may be NULL: the first.
 */
uint32_t gate_locks_find(struct gate_locks *g, uint32_t node, bool (*in_cycle)(const void *context, uint32_t lock),
                         const void *context);

#endif
