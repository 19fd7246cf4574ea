#include "detect/deadlock/reduction.h"

#include <string.h>

/* Those waiters of `o` go on that need nothing else, or may have that, too. */
static void wake_waiters(struct reduction *r, uint32_t o, enum graph_level level, enum graph_alive who)
{
    const struct graph *g = r->graph;
    uint8_t *alive = r->alive[level];
    uint32_t next;
    r->satisfied[o] = 1;
    for (uint32_t id = g->object[o].first_waiter; id != 0; id = next) {
        const struct graph_thread *t = &g->thread[id];
        bool first = t->need[0] == o;
        uint32_t other = graph_need(g, id, first ? 1 : 0);
        next = t->next_waiter[first ? 0 : 1];
        if (alive[id] || (other != 0 && !graph_may_go_on(g, other, level, alive, who)))
            continue;
        alive[id] = 1;
        g->queue[r->queued++] = id;
    }
}

static void wake_if_possible(struct reduction *r, uint32_t o, enum graph_level level, enum graph_alive who)
{
    if (!r->satisfied[o] && graph_may_go_on(r->graph, o, level, r->alive[level], who))
        wake_waiters(r, o, level, who);
}

static enum graph_alive who_goes_on(const struct reduction *r)
{
    const struct graph *g = r->graph;
    for (uint32_t i = r->queued; i-- > 0;)
        if (g->thread[g->queue[i]].state == GRAPH_WAITS)
            return ALIVE_WAITING;
    return r->queued > 0 ? ALIVE_RUNNING : ALIVE_NONE;
}

static void reduce(struct reduction *r, enum graph_level level)
{
    const struct graph *g = r->graph;
    uint32_t head = 0;
    r->queued = 0;
    memset(r->satisfied, 0, g->objects);
    for (uint32_t id = 1; id < g->threads; id++)
        if (g->thread[id].state == GRAPH_RUNS)
            r->alive[level][id] = 1, g->queue[r->queued++] = id;
    /* Again, if it turns out only while reducing that any thread goes on at all, or one that waits. */
    enum graph_alive who = who_goes_on(r);
    for (bool again = true; again;) {
        for (uint32_t o = 1; o < g->objects; o++)
            wake_if_possible(r, o, level, who);
        for (; head < r->queued; head++)
            for (uint32_t e = g->thread[g->queue[head]].first_edge; e != 0; e = g->edge[e].next_of_thread)
                wake_if_possible(r, g->edge[e].object, level, who);
        enum graph_alive now = who_goes_on(r);
        again = now > who;
        who = now;
    }
}

bool reduction_run(struct reduction *r, const struct graph *g)
{
    r->graph = g;
    r->satisfied = pages_get(g->pages, g->objects, 1);
    uint8_t *alive = pages_get(g->pages, LEVELS * (size_t)g->threads, 1);
    if (r->satisfied == NULL || alive == NULL)
        return false;
    for (enum graph_level level = 0; level < LEVELS; level++) {
        r->alive[level] = alive + level * (size_t)g->threads;
        reduce(r, level);
    }
    return true;
}
