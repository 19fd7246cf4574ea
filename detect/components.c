#include "detect/components.h"

/* What the paper calls number and lowlink: 0 and nothing before the vertex is met; `low` is FOUND once its component is
 * known. */
struct component_vertex {
    uint32_t number, low, cursor;
};

static const uint32_t FOUND = UINT32_MAX;

bool components_begin(struct components *c, uint32_t vertices, struct pages *p)
{
    c->vertex = pages_get(p, vertices, sizeof *c->vertex);
    c->stack = pages_get(p, 2 * (size_t)vertices, sizeof *c->stack);
    if (c->vertex == NULL || c->stack == NULL)
        return false;
    c->call = c->stack + vertices;
    return true;
}

void components_end(struct components *c, struct pages *p)
{
    pages_drop(p, c->vertex);
    pages_drop(p, c->stack);
}

static void enter_vertex(struct components *c, uint32_t v)
{
    c->vertex[v].number = c->vertex[v].low = ++c->numbered;
    c->stack[c->stacked++] = v;
    c->call[c->called++] = v;
}

/* Vertex v leads to nothing older, so it and all above it on the stack are a component. */
static void close_component(struct components *c, uint32_t v)
{
    uint32_t first = c->stacked;
    do
        c->vertex[c->stack[--first]].low = FOUND;
    while (c->stack[first] != v);
    c->stopped = !c->found(c->context, c->stack + first, c->stacked - first);
    c->stacked = first;
}

static void leave_vertex(struct components *c, uint32_t v)
{
    uint32_t low = c->vertex[v].low;
    c->called--;
    if (low == c->vertex[v].number)
        close_component(c, v);
    else if (low < c->vertex[c->call[c->called - 1]].low) /* there is one below, as v leads to something older */
        c->vertex[c->call[c->called - 1]].low = low;
}

void components_search(struct components *c, uint32_t root)
{
    if (c->stopped || c->vertex[root].number != 0)
        return;
    enter_vertex(c, root);
    while (c->called > 0 && !c->stopped) {
        uint32_t v = c->call[c->called - 1];
        uint32_t to = c->successor(c->context, v, &c->vertex[v].cursor);
        if (to == UINT32_MAX)
            leave_vertex(c, v);
        else if (c->vertex[to].number == 0)
            enter_vertex(c, to);
        else if (c->vertex[to].low != FOUND && c->vertex[to].number < c->vertex[v].low)
            c->vertex[v].low = c->vertex[to].number;
    }
}
