/*
 * The lock-order graph, as far as it can matter: its vertices are locks that lead to each other, and an edge from one
 * to another has all acquisitions of the second while holding the first.
 *
 * An order is a node of the trie that asked for a lock, and did not merely try it, with another lock held on its path.
 * Linear in the trie for what is in no cycle; only nodes whose lock leads back to itself have their paths walked. The
 * record may be that of a process with running threads.
 */
#ifndef LOCKWATCH_DETECT_ORDER_ORDER_GRAPH_H
#define LOCKWATCH_DETECT_ORDER_ORDER_GRAPH_H

#include "detect/order/wait_orders.h"

/* One order of two vertices: `wanted` was asked for while `held` was held. */
struct order {
    uint32_t held, wanted; /* vertices */
    uint32_t node;         /* hold: that acquired `wanted` */
    uint32_t hold;         /* hold: that acquired `held`, on its path */
    uint32_t path;         /* a number for what else is held there, and in what modes */
    uint32_t via;          /* by way of a wait at `node`: wait_orders.h; 0: `wanted` itself was asked for */
};

/* All orders of two vertices: order[first] up to order[first + count - 1]. */
struct order_edge {
    uint32_t from, to;
    uint32_t first, count;
    uint32_t marks; /* 0 at first, then the caller's */
};

struct order_graph {
    const struct record *record;
    struct pages *pages;
    uint32_t vertices, components, edges, orders;
    uint32_t *lock;      /* of a vertex */
    uint32_t *component; /* vertices component[c] up to component[c + 1] - 1 lead to each other */
    struct order_edge *edge;
    uint32_t *out; /* edges of vertex v: out[v] up to out[v + 1] - 1, ascending by `to` */
    uint32_t *in;  /* edges to vertex v: into[in[v]] up to into[in[v + 1] - 1] */
    uint32_t *into;
    struct order *order;
    uint32_t rereads;
    struct order *reread; /* orders of a lock under itself: read again where a writer may stand between; locks, not
                             vertices */
    struct wait_orders *waits;
    bool complete; /* false: there are more orders than could be read */
};

/* False: no memory. `hurried`: with a much lower bound on the work. */
bool order_graph_build(struct order_graph *g, const struct record *r, bool hurried, struct pages *p);

/* The edge from one vertex to another; UINT32_MAX: there is none. */
uint32_t order_graph_edge(const struct order_graph *g, uint32_t from, uint32_t to);

/* How often `to` of an edge was acquired while holding `from`, not counting orders by way of a wait. */
uint32_t order_graph_times(const struct order_graph *g, const struct order_edge *e);

/* Whether it is a semaphore of several units that is used as a lock, as far as was seen. With more locks held than
 * these, what asks for a unit is not looked at: a thread may acquire thousands of them, one by one. */
enum { COUNTED_DEEPEST = 256 };
bool order_graph_counted(const struct record *r, uint32_t lock);

/* Whether an rwlock keeps readers out while a writer waits. */
bool order_graph_queues(const struct record *r, uint32_t lock);

#endif
