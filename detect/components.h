/*
 * The strong components of a directed graph: the largest sets of vertices that all lead to each other (R. Tarjan,
 * "Depth-First Search and Linear Graph Algorithms", SIAM Journal on Computing 1(2), 1972). The graph is known by a
 * successor function alone, so it need not be stored. Linear in vertices and edges; without recursion, as the stack
 * may be that of any thread.
 */
#ifndef LOCKWATCH_DETECT_COMPONENTS_H
#define LOCKWATCH_DETECT_COMPONENTS_H

#include "detect/pages.h"

#include <stdint.h>

struct components {
    /* The next vertex that an edge of `v` leads to, UINT32_MAX after the last. *cursor is 0 when v is met, and belongs
     * to this function. */
    uint32_t (*successor)(void *context, uint32_t v, uint32_t *cursor);

    /* Called once for each component, after all that it leads to; false ends the search. */
    bool (*found)(void *context, const uint32_t *member, uint32_t members);
    void *context;

    struct component_vertex *vertex; /* these are components_search's own */
    uint32_t *stack, *call;
    uint32_t stacked, called, numbered;
    bool stopped;
};

/* Memory for vertices 0 up to, not including, `vertices`. False: there is none. */
bool components_begin(struct components *c, uint32_t vertices, struct pages *p);

/* Find the components of all vertices that `root` leads to, itself included, but for those found before. */
void components_search(struct components *c, uint32_t root);

void components_end(struct components *c, struct pages *p);

#endif
