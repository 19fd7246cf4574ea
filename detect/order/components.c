#include "detect/order/components.h"

/* While at it, `number` of a vertex is 0 before it is met; `low` that of the oldest vertex it was seen to lead to. */
struct search {
    const struct components_graph *g;
    uint32_t *number, *low;
    uint32_t *at;    /* next edge of a vertex to follow */
    uint32_t *stack; /* met, and their component not closed yet */
    uint32_t *call;  /* the way from the root to where we are */
    uint32_t stacked, called, numbered, found;
};

static void enter(struct search *s, uint32_t v)
{
    s->number[v] = s->low[v] = ++s->numbered;
    s->at[v] = s->g->first[v];
    s->stack[s->stacked++] = v;
    s->call[s->called++] = v;
}

/* Vertex v leads to nobody older, so it and all above it on the stack are a component. */
static void close_component(struct search *s, uint32_t v, uint32_t *component)
{
    uint32_t number = 0;
    if (s->stack[s->stacked - 1] != v)
        number = ++s->found;
    for (uint32_t top = UINT32_MAX; top != v;) {
        top = s->stack[--s->stacked];
        s->low[top] = UINT32_MAX; /* off the stack: nobody's low goes there any more */
        component[top] = number;
    }
}

static void follow(struct search *s, uint32_t root, uint32_t *component)
{
    enter(s, root);
    while (s->called > 0) {
        uint32_t v = s->call[s->called - 1];
        if (s->at[v] < s->g->first[v + 1]) {
            uint32_t to = s->g->to[s->at[v]++];
            if (s->number[to] == 0)
                enter(s, to);
            else if (s->low[to] != UINT32_MAX && s->number[to] < s->low[v])
                s->low[v] = s->number[to];
            continue;
        }
        uint32_t low = s->low[v];
        s->called--;
        if (low == s->number[v])
            close_component(s, v, component);
        else if (low < s->low[s->call[s->called - 1]]) /* there is one below, as v leads to somebody older */
            s->low[s->call[s->called - 1]] = low;
    }
}

bool components_find(const struct components_graph *g, struct pages *p, uint32_t *component, uint32_t *count)
{
    struct search s = {.g = g};
    uint32_t *memory = pages_get(p, (size_t)g->vertices * 5, sizeof *memory);
    if (memory == NULL)
        return false;
    s.number = memory;
    s.low = memory + g->vertices;
    s.at = s.low + g->vertices;
    s.stack = s.at + g->vertices;
    s.call = s.stack + g->vertices;
    for (uint32_t v = 0; v < g->vertices; v++)
        if (s.number[v] == 0)
            follow(&s, v, component);
    pages_drop(p, memory);
    *count = s.found;
    return true;
}
