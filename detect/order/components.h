/*
 * The strong components of a directed graph: the largest sets of vertices that all lead to each other (R. Tarjan,
 * "Depth-First Search and Linear Graph Algorithms", SIAM Journal on Computing 1(2), 1972). Linear in vertices and
 * edges; without recursion, for the stack may be that of any thread.
 */
#ifndef LOCKWATCH_DETECT_ORDER_COMPONENTS_H
#define LOCKWATCH_DETECT_ORDER_COMPONENTS_H

#include "detect/pages.h"

#include <stdint.h>

/* The edges of vertex v lead to to[first[v]] up to to[first[v + 1] - 1]. */
struct components_graph {
    uint32_t vertices;
    const uint32_t *first;
    const uint32_t *to;
};

/*
 * Numbers the components of two vertices and more from 1 on, in *count, and tells that of each vertex in component[];
 * 0 for a vertex that is alone. False: no memory.
 */
bool components_find(const struct components_graph *g, struct pages *p, uint32_t *component, uint32_t *count);

#endif
