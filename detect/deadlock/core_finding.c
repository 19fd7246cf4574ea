#include "detect/deadlock/core_finding.h"

#include "detect/held.h"
#include "detect/wake_rules.h"

#include <string.h>

/* While a cycle is searched: by which thread, and over which object, this one was reached first; 0: not yet. */
struct core_thread {
    uint32_t from, by;
    enum { OUTSIDE, MEMBER, SIDE } part; /* of the core at hand, and of its finding */
};

bool core_finding_begin(struct core_search *c, const struct reduction *r)
{
    const struct graph *g = r->graph;
    *c = (struct core_search){.graph = g, .reduction = r};
    c->thread = pages_get(g->pages, g->threads, sizeof *c->thread);
    c->visited = pages_get(g->pages, g->objects, 1);
    c->side = pages_get(g->pages, g->threads, sizeof *c->side);
    return c->thread != NULL && c->visited != NULL && c->side != NULL;
}

static void forget_visits(struct core_search *c)
{
    for (uint32_t id = 0; id < c->graph->threads; id++)
        c->thread[id].from = c->thread[id].by = 0;
}

static const struct graph_object *first_need(const struct graph *g, uint32_t thread)
{
    return &g->object[g->thread[thread].need[0]];
}

/* Whether a thread is known to have what waiters of `o` want, rather than being just any thread. */
static bool has_wanted(const struct graph *g, uint32_t o, uint32_t thread)
{
    const struct record *r = g->world->record;
    const struct graph_object *object = &g->object[o];
    const struct lock *lock = record_lock(r, object->lock);
    uint32_t wakers = wake_rule(object->kind, object->shared, lock == NULL ? 0 : lock->traits)->wakers;
    if ((wakers & WAKERS_JOINED) != 0)
        return (uint32_t)object->address == thread;
    if ((wakers & WAKERS_HOLD) == 0)
        return false; /* units that were acquired before a semaphore turned out to be a signal may still be on a path */
    return held_by_thread(r, record_thread(r, thread), object->address);
}

/* --- the shortest cycle, by breadth-first search --- */

/* Reach a thread of the core that could wake the waiters of `o`; true when it is the goal. */
static bool visit_thread(struct core_search *c, uint32_t from, uint32_t o, uint32_t to, uint32_t goal, uint32_t *queued)
{
    struct core_thread *t = &c->thread[to];
    if (t->part != MEMBER || t->from != 0 || (to == from && !has_wanted(c->graph, o, to)))
        return false;
    t->from = from;
    t->by = o;
    c->graph->queue[(*queued)++] = to;
    return to == goal;
}

/* Those that did wake waiters before come first. */
static bool visit_wakers(struct core_search *c, uint32_t from, uint32_t o, uint32_t goal, uint32_t *queued)
{
    const struct graph *g = c->graph;
    for (uint32_t e = g->object[o].first_edge; e != 0; e = g->edge[e].next_of_object)
        if ((!g->edge[e].weak || c->weak) && visit_thread(c, from, o, g->edge[e].thread, goal, queued))
            return true;
    for (uint32_t id = 1; graph_needs_anyone(&g->object[o], LEVEL_SEEN) && id < g->threads; id++)
        if (visit_thread(c, from, o, id, goal, queued))
            return true;
    return false;
}

/* The shortest cycle through `start`: from each thread of it, `from` leads to the one before. False: there is none. */
static bool find_cycle(struct core_search *c, uint32_t start)
{
    const struct graph *g = c->graph;
    uint32_t queued = 0;
    forget_visits(c);
    g->queue[queued++] = start;
    for (uint32_t head = 0; head < queued; head++)
        for (int n = 0; n < GRAPH_NEEDS; n++) {
            uint32_t id = g->queue[head], o = graph_need(g, id, n);
            if (o != 0 && visit_wakers(c, id, o, start, &queued))
                return true;
        }
    return false;
}

/*
 * From one of the threads of a core, `best` if it can be. Over weak edges only where there is no other cycle; all are
 * tried where the core has such edges.
 */
static bool find_any_cycle(struct core_search *c, const uint32_t *thread, uint32_t threads, uint32_t *best)
{
    enum { TRIED_MOST = 64 };
    bool inherits = false;
    for (uint32_t i = 0; i < threads; i++)
        inherits |= first_need(c->graph, thread[i])->like_it != 0;
    c->weak = !inherits;
    if (find_cycle(c, *best))
        return true;
    for (uint32_t i = 0; inherits && i < threads && i < TRIED_MOST; i++)
        if (find_cycle(c, thread[i])) {
            *best = thread[i];
            return true;
        }
    c->weak = true;
    return inherits && find_cycle(c, *best);
}

/* The best thread to begin with: one that holds what it wants; else one that wants something of a known thread. */
static uint32_t choose_start(const struct graph *g, const uint32_t *thread, uint32_t threads)
{
    uint32_t best = 0;
    int best_rank = -1;
    for (uint32_t i = 0; i < threads; i++) {
        const struct graph_object *o = first_need(g, thread[i]);
        int rank = o->kind == KIND_THREAD ? 1 : 2;
        if (graph_needs_anyone(o, LEVEL_SEEN))
            rank = has_wanted(g, g->thread[thread[i]].need[0], thread[i]) ? 3 : o->first_edge != 0 ? 2 : 0;
        if (rank > best_rank || (rank == best_rank && thread[i] < best))
            best = thread[i], best_rank = rank;
    }
    return best;
}

/* --- sides --- */

/* `wanted`: the object that the side before it in the cycle wants of it; 0: none. */
static void set_side(struct core_search *c, uint32_t at, uint32_t id, uint32_t wanted)
{
    const struct graph *g = c->graph;
    const struct record *r = g->world->record;
    const struct thread *t = record_thread(r, id);
    const struct graph_object *o = &g->object[wanted];
    struct side *side = &c->side[at];
    *side = (struct side){.thread = id, .serial = t->serial, .path = held_path(t), .sequence = g->thread[id].sequence};
    side->want = g->thread[id].want;
    if (g->thread[id].derived && g->world->path != NULL)
        side->path = side->want.path = g->world->path(id);
    if (side->want.kind != KIND_THREAD)
        side->want.like_it = first_need(g, id)->like_it;
    const struct lock *mutex = record_lock(r, side->want.cond_mutex);
    if (g->thread[id].relocks && mutex != NULL) {
        side->want.kind = mutex->kind;
        side->want.lock = side->want.cond_mutex;
        side->want.address = mutex->address;
        side->want.how = 0;
    }
    const struct lock *wants = record_lock(r, side->want.lock);
    if (side->want.kind == KIND_MUTEX && wants != NULL && first_need(g, id)->woken[LEVEL_SEEN] == WOKEN_NEVER)
        side->want.gone = g->world->owner_gone(wants);
    memcpy(side->name, t->name, sizeof side->name);
    const struct lock *lock = record_lock(r, o->lock);
    if (wanted != 0 && lock != NULL && (lock->traits & TRAIT_EVENT) == 0 &&
        (!graph_needs_anyone(o, LEVEL_SEEN) || has_wanted(g, wanted, id)))
        side->held = o->lock;
    c->thread[id].part = SIDE;
}

/* The cycle was found backwards: the thread from which `start` was reached is the last side. */
static uint32_t set_cycle(struct core_search *c, uint32_t start)
{
    uint32_t length = 0, id = start;
    do
        length++, id = c->thread[id].from;
    while (id != start);
    for (uint32_t i = length; i-- > 0;) {
        id = c->thread[id].from;
        set_side(c, i, id, c->thread[id].by);
    }
    return length;
}

/* --- threads behind --- */

/* Whether the edges of an object lead to a thread; those of a thread may be of an object that dropped them. */
static bool leads_to(const struct graph *g, uint32_t o, uint32_t thread)
{
    uint32_t e = g->object[o].first_edge;
    while (e != 0 && g->edge[e].thread != thread)
        e = g->edge[e].next_of_object;
    return e != 0;
}

static void visit_waiters(struct core_search *c, uint32_t o, uint32_t *queued)
{
    const struct graph *g = c->graph;
    c->visited[o] = 1;
    for (uint32_t id = g->object[o].first_waiter; id != 0;) {
        if (reduction_is_stuck(c->reduction, id) && c->thread[id].from == 0)
            c->thread[id].from = id, g->queue[(*queued)++] = id;
        id = g->thread[id].next_waiter[g->thread[id].need[0] == o ? 0 : 1];
    }
}

/* How many threads wait, directly or not, for one of the sides, or queue for what the first of them wants. */
static uint32_t count_behind(struct core_search *c, uint32_t sides)
{
    const struct graph *g = c->graph;
    uint32_t queued = 0;
    forget_visits(c);
    memset(c->visited, 0, g->objects);
    for (uint32_t i = 0; i < sides; i++)
        c->thread[c->side[i].thread].from = c->side[i].thread, g->queue[queued++] = c->side[i].thread;
    for (uint32_t o = 1; o < g->objects; o++)
        if (graph_needs_anyone(&g->object[o], LEVEL_SEEN))
            visit_waiters(c, o, &queued);
    visit_waiters(c, g->thread[c->side[0].thread].need[0], &queued);
    for (uint32_t head = 0; head < queued; head++)
        for (uint32_t e = g->thread[g->queue[head]].first_edge; e != 0; e = g->edge[e].next_of_thread)
            if (!c->visited[g->edge[e].object] && leads_to(g, g->edge[e].object, g->queue[head]))
                visit_waiters(c, g->edge[e].object, &queued);
    return queued - sides;
}

/* What the waits of a core rest on. */
static void judge_evidence(const struct core_search *c, const uint32_t *thread, uint32_t threads, struct finding *f)
{
    bool unverified = false;
    f->confidence = CONFIDENCE_CERTAIN;
    for (uint32_t i = 0; i < threads; i++) {
        const struct graph_object *o = first_need(c->graph, thread[i]);
        f->unconfirmed |= o->unconfirmed;
        f->beside |= o->woken[LEVEL_SEEN] == WOKEN_BY_ACQUAINTED;
        unverified |= o->unverified;
        bool renewed = (c->graph->thread[thread[i]].want.how & WANT_RENEWED) != 0 && o->kind != KIND_GIL;
        if (renewed || c->reduction->alive[LEVEL_CERTAIN][thread[i]])
            f->confidence = CONFIDENCE_LIKELY;
        f->beside |=
            renewed && (kind_like(o->kind) == KIND_CONDITION || (o->kind == KIND_SEMAPHORE && !o->used_as_lock));
    }
    bool certain = f->confidence == CONFIDENCE_CERTAIN;
    for (uint32_t i = 0; i < threads; i++) {
        const struct graph_object *o = first_need(c->graph, thread[i]);
        f->everybody |= graph_needs_anyone(o, LEVEL_SEEN) || (certain && graph_needs_anyone(o, LEVEL_CERTAIN));
    }
    f->beside &= !certain;
    f->unconfirmed = unverified || (f->unconfirmed && !certain);
    f->severity = certain ? SEVERITY_ERROR : SEVERITY_WARNING;
}

struct finding core_finding_make(struct core_search *c, const uint32_t *thread, uint32_t threads, uint32_t *start)
{
    struct finding f = {.kind = FINDING_DEADLOCK, .side = c->side};
    judge_evidence(c, thread, threads, &f);
    for (uint32_t i = 0; i < threads; i++)
        c->thread[thread[i]].part = MEMBER;
    *start = choose_start(c->graph, thread, threads);
    if (find_any_cycle(c, thread, threads, start))
        f.cycle = f.sides = set_cycle(c, *start);
    for (uint32_t i = 0; i < threads; i++)
        if (c->thread[thread[i]].part == MEMBER)
            set_side(c, f.sides++, thread[i], 0);
    f.behind = count_behind(c, f.sides);
    return f;
}
