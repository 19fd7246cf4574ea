/*
 * Whether a cycle of lock orders can close: whether each side can be acquired by a thread of its own, at one time, with
 * nothing held by two of them that only one can have.
 *
 * That is a constraint satisfaction problem: the sides are its variables, edges of the lock-order graph; the candidates
 * of a side (detect/order/candidates.h) are the values. It is solved by backtracking, side by side. Candidates that are
 * alike in all that matters count once, and those with few locks held are tried first. The number of steps is bounded.
 *
 * A cycle is built edge by edge, as a path through the graph is followed, and taken apart again.
 */
#ifndef LOCKWATCH_DETECT_ORDER_FEASIBLE_H
#define LOCKWATCH_DETECT_ORDER_FEASIBLE_H

#include "detect/epochs.h"
#include "detect/finding.h"
#include "detect/order/gate_locks.h"
#include "detect/order/order_graph.h"
#include "detect/order/writers.h"

/* One side of the cycle that is being built: candidate[first] up to candidate[first + count - 1], and the one chosen.
 */
struct feasible_side {
    uint32_t edge, first, count, pick; /* edge UINT32_MAX: of no edge */
    bool truncated;                    /* there are more candidates */
};

struct feasible {
    const struct order_graph *graph;
    const struct record *record;
    struct pages *pages;
    struct epochs epochs;
    struct gate_locks gates; /* held by the sides chosen so far */
    struct writers writers;
    struct feasible_side *side; /* behind the sides who has to stand between two of them */
    struct order_candidate *candidate;
    uint32_t sides, between, sides_room, candidates_room;
    struct feasible_thread *thread; /* a set of threads: those with `set` as their number */
    uint32_t set;
    struct feasible_pair *pair; /* answers of feasible_fits */
    uint64_t steps;
    uint32_t pool[4], pools; /* semaphores of several units in the cycle */
    uint32_t units;  /* not 0: the sides are holders of a semaphore's units, so many together, that want one more */
    bool waits;      /* only cycles with an order by way of a wait; else such orders are left out */
    bool incomplete; /* not all could be tried; or no memory */
};

/* What a cycle amounts to. Severity 0: nothing, as two sides never exclude each other. */
struct feasible_verdict {
    uint32_t severity; /* enum finding_severity */
    enum finding_reason reason;
    uint32_t gate_lock; /* lock */
};

/* False: no memory. */
bool feasible_begin(struct feasible *f, const struct order_graph *g, struct pages *p);

/* From now on only cycles with an order by way of a wait. */
void feasible_turn_to_waits(struct feasible *f);

/* The work done so far, and whether all of it could be done. */
uint64_t feasible_work(const struct feasible *f);
bool feasible_is_complete(const struct feasible *f);

/* How many threads acquired along the edges from `edge` up to `end` - 1; UINT32_MAX: very many. While there are no
 * sides. */
uint32_t feasible_threads(struct feasible *f, uint32_t edge, uint32_t end);

/* Add a side, that wants what the next one is to hold. How many candidates it has; 0: it was not added. */
uint32_t feasible_push(struct feasible *f, uint32_t edge);

/* The same for an order of a lock that is read again, which makes a cycle of one. */
uint32_t feasible_push_reread(struct feasible *f, const struct order *o);

/* The same for who asked for a unit of a semaphore while holding others (detect/order/units.h); f->units is set. */
uint32_t feasible_push_units(struct feasible *f, const struct order *order, uint32_t orders);

void feasible_pop(struct feasible *f);

/* Whether the last side can go with side i, for all that these two tell; `next`: it holds what side i wants. */
bool feasible_fits(struct feasible *f, uint32_t i, bool next);

/*
 * The sides as a cycle: side[i].pick is the candidate chosen for each of them, when there is a verdict. A note only if
 * `notes` are wanted. Where a reader waits for a reader, a writer is chosen that comes between, on another thread yet;
 * where a side waits for the next one by way of a wait, a waker of that: `between` of them, behind the sides.
 */
struct feasible_verdict feasible_judge(struct feasible *f, bool notes);

#endif
