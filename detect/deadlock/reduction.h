/*
 * Graph reduction (Holt 1972): which threads may still go on. Begins with those that run, and strikes each blocked
 * thread whose wait one of these may end, until nothing changes. Done once for each level. Linear in the edges of the
 * graph, but for the rules over many threads.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_REDUCTION_H
#define LOCKWATCH_DETECT_DEADLOCK_REDUCTION_H

#include "detect/deadlock/graph.h"

struct reduction {
    const struct graph *graph;
    uint8_t *alive[LEVELS]; /* by thread: it may go on */
    uint8_t *satisfied;     /* by object: its waiters were looked at once they could be woken */
    uint32_t queued;
};

/* False: no memory. */
bool reduction_run(struct reduction *r, const struct graph *g);

/* Whether a thread waits, and by all that was seen so far can never go on. */
static inline bool reduction_is_stuck(const struct reduction *r, uint32_t thread)
{
    return r->graph->thread[thread].state == GRAPH_WAITS && !r->alive[LEVEL_SEEN][thread];
}

#endif
