/*
 * Whether a cycle of lock orders can close: whether each side can be taken by a thread of its own, at one time, with
 * nothing held by two of them that only one can have. A side is an edge of the order graph, and there may be many ways
 * to take it: orders at several places, with other locks held, by several threads, in several epochs of their lives.
 *
 * A cycle is built edge by edge, and taken apart again. Backtracking over the ways of each side, shallow ones first;
 * what is alike in all that matters counts as one way. The number of steps is bounded.
 */
#ifndef LOCKWATCH_DETECT_ORDER_FEASIBLE_H
#define LOCKWATCH_DETECT_ORDER_FEASIBLE_H

#include "detect/epochs.h"
#include "detect/finding.h"
#include "detect/order/acquisitions.h"
#include "detect/order/order_graph.h"

/* One side of the cycle that is being built: its ways, and the one chosen. */
struct feasible_side {
    uint32_t edge, first, ways, pick; /* edge UINT32_MAX: of no edge */
    bool cut;                         /* there were more */
};

struct feasible {
    const struct order_graph *graph;
    const struct record *record;
    struct pages *pages;
    struct epochs epochs;
    struct feasible_side *side; /* behind the sides those writers that have to stand between two of them */
    struct way *way;
    uint32_t sides, writers, sides_room, ways_room, locks;
    uint32_t *writer_of;             /* by lock: 1 + its first writer; NULL: nobody asked so far */
    struct feasible_writer *between; /* all writers */
    uint32_t betweens;
    struct feasible_mark *mark; /* by lock: who holds it among the sides chosen so far */
    struct feasible_pair *pair; /* answers of feasible_fits */
    struct feasible_met *met;   /* a set of threads, those with `count` */
    uint32_t count;
    uint64_t steps;
    bool cut; /* not all could be tried; or no memory */
};

/* What a cycle amounts to. Severity 0: nothing, as two sides never exclude each other. */
struct feasible_verdict {
    uint32_t severity; /* enum finding_severity */
    enum finding_reason reason;
    uint32_t gate_lock; /* lock */
};

/* False: no memory. */
bool feasible_begin(struct feasible *c, const struct order_graph *g, struct pages *p);

/* How many threads took the edges from `edge` up to `end` - 1; UINT32_MAX: very many. While there are no sides. */
uint32_t feasible_threads(struct feasible *c, uint32_t edge, uint32_t end);

/* One side more, that wants what the next one is to hold; how many ways there are to take it, 0: it was not added. */
uint32_t feasible_push(struct feasible *c, uint32_t edge);
void feasible_pop(struct feasible *c);

/* Whether the last side can be taken beside side i, for all that these two know; `next`: it holds what i wants. */
bool feasible_fits(struct feasible *c, uint32_t i, bool next);

/* The same for an order of a lock that is read again, which makes a cycle of one. */
uint32_t feasible_push_reread(struct feasible *c, const struct order *o);

/*
 * The sides as a cycle: side[i].pick is the way chosen for each of them, when there is a verdict. A note only if
 * `notes` are wanted. Where a reader waits for a reader, a writer is chosen that comes between, on another thread yet:
 * `writers` of them, behind the sides.
 */
struct feasible_verdict feasible_judge(struct feasible *c, bool notes);

#endif
