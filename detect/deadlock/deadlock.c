#include "detect/deadlock/deadlock.h"

#include "detect/components.h"
#include "detect/deadlock/core_finding.h"
#include "detect/deadlock/requirements.h"

/*
 * A judgement at work. Components are sought among vertices: 0 stands for any thread at all, 1 up to threads-1 are the
 * threads, and threads-1+o is object o.
 */
struct deadlock_judging {
    struct pages pages;
    struct graph graph;
    struct reduction reduction;
    struct core_search core;
    uint8_t *outside;  /* by thread: it is not of the component at hand, and has not ended */
    uint32_t *member;  /* threads of the component at hand */
    uint8_t *reported; /* by object: a finding was about it */
    uint32_t live;     /* threads that have not ended */
    uint32_t waiting;  /* those of them that wait */
    deadlock_found *found;
    void *context;
    unsigned count;
};

static uint32_t next_stuck(const struct deadlock_judging *j, uint32_t id)
{
    while (id < j->graph.threads && !reduction_is_stuck(&j->reduction, id))
        id++;
    return id < j->graph.threads ? id : UINT32_MAX;
}

/* A thread leads to the objects that it needs. */
static uint32_t next_need(const struct graph *g, uint32_t thread, uint32_t *cursor)
{
    while (*cursor < GRAPH_NEEDS) {
        uint32_t o = graph_need(g, thread, (int)(*cursor)++);
        if (o != 0)
            return g->threads - 1 + o;
    }
    return UINT32_MAX;
}

/* An object leads to the stuck threads that can wake its waiters. */
static uint32_t next_waker(const struct deadlock_judging *j, uint32_t o, uint32_t *cursor)
{
    const struct graph *g = &j->graph;
    if (graph_needs_anyone(&g->object[o], LEVEL_SEEN))
        return (*cursor)++ == 0 ? 0 : UINT32_MAX;
    for (uint32_t e = *cursor == 0 ? g->object[o].first_edge : g->edge[*cursor].next_of_object; e != 0;
         e = g->edge[e].next_of_object) {
        *cursor = e;
        if (reduction_is_stuck(&j->reduction, g->edge[e].thread))
            return g->edge[e].thread;
    }
    return UINT32_MAX;
}

static uint32_t next_successor(void *context, uint32_t v, uint32_t *cursor)
{
    const struct deadlock_judging *j = context;
    if (v == 0)
        return *cursor = next_stuck(j, *cursor + 1);
    return v < j->graph.threads ? next_need(&j->graph, v, cursor) : next_waker(j, v - j->graph.threads + 1, cursor);
}

/*
 * Whether the threads of a component are stuck by themselves: though all others went on, but for those that ended. A
 * thread that is not waits behind a core.
 */
static bool is_core(struct deadlock_judging *j, uint32_t threads)
{
    const struct graph *g = &j->graph;
    uint32_t inside = threads;
    bool changed = true;
    for (uint32_t i = 0; i < threads; i++)
        j->outside[j->member[i]] = 0;
    while (changed && inside > 0) {
        changed = false;
        for (uint32_t i = 0; i < threads; i++) {
            uint32_t id = j->member[i];
            enum graph_alive who = j->waiting > inside ? ALIVE_WAITING : j->live > inside ? ALIVE_RUNNING : ALIVE_NONE;
            bool goes_on = !j->outside[id];
            for (int n = 0; n < GRAPH_NEEDS && goes_on; n++)
                goes_on =
                    graph_need(g, id, n) == 0 || graph_may_go_on(g, graph_need(g, id, n), LEVEL_SEEN, j->outside, who);
            if (goes_on)
                j->outside[id] = 1, changed = true, inside--;
        }
    }
    for (uint32_t i = 0; i < threads; i++)
        j->outside[j->member[i]] = 1;
    return inside > 0;
}

static bool judge_component(void *context, const uint32_t *vertex, uint32_t vertices)
{
    struct deadlock_judging *j = context;
    const struct graph *g = &j->graph;
    uint32_t threads = 0, start;
    for (uint32_t i = 0; i < vertices; i++)
        if (vertex[i] != 0 && vertex[i] < g->threads)
            j->member[threads++] = vertex[i];
    if (threads == 0 || (vertices == 1 && j->reported[g->thread[j->member[0]].need[0]]))
        return true; /* a thread by itself queues behind a finding */
    if (!is_core(j, threads))
        return true;
    struct finding f = core_finding_make(&j->core, j->member, threads, &start);
    for (uint32_t i = 0; i < vertices; i++)
        if (vertex[i] >= g->threads)
            j->reported[vertex[i] - g->threads + 1] = 1;
    j->reported[g->thread[start].need[0]] = 1;
    j->count++;
    return j->found(j->context, &f);
}

static bool prepare(struct deadlock_judging *j, const struct deadlock_world *w)
{
    struct graph *g = &j->graph;
    if (!graph_build(g, w, &j->pages))
        return false;
    requirements_find(g);
    j->outside = pages_get(&j->pages, g->threads, sizeof *j->outside);
    j->member = pages_get(&j->pages, g->threads, sizeof *j->member);
    j->reported = pages_get(&j->pages, g->objects, sizeof *j->reported);
    if (g->incomplete || j->outside == NULL || j->member == NULL || j->reported == NULL)
        return false;
    for (uint32_t id = 1; id < g->threads; id++) {
        j->outside[id] = g->thread[id].state == GRAPH_RUNS || g->thread[id].state == GRAPH_WAITS;
        j->live += j->outside[id];
        j->waiting += g->thread[id].state == GRAPH_WAITS;
    }
    return reduction_run(&j->reduction, g) && core_finding_begin(&j->core, &j->reduction);
}

unsigned deadlock_judge(const struct deadlock_world *w, deadlock_found *found, void *context)
{
    struct deadlock_judging j = {.found = found, .context = context};
    struct components search = {.successor = next_successor, .found = judge_component, .context = &j};
    if (prepare(&j, w) && components_begin(&search, j.graph.threads + j.graph.objects, &j.pages))
        for (uint32_t id = next_stuck(&j, 1); id != UINT32_MAX; id = next_stuck(&j, id + 1))
            components_search(&search, id);
    pages_free(&j.pages);
    return j.count;
}

/* How many threads have recorded that they wait for a semaphore. */
static uint32_t recorded_waiters(const struct record *r, uint64_t semaphore)
{
    uint32_t threads = record_used(r, TABLE_THREADS), waiters = 0;
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(r, id);
        waiters += t->sequence % 2 == 1 && t->want.address == semaphore && t->want.kind == KIND_SEMAPHORE &&
                   t->state != THREAD_ENDED;
    }
    return waiters;
}

/* A thread that was granted a unit no longer waits inside libc, but may not have recorded that. */
static bool has_unit_under_way(const struct deadlock_world *w, const struct want *want)
{
    const struct lock *lock = record_lock(w->record, want->lock);
    uint32_t value, waiting;
    if (lock == NULL || !w->semaphore(lock, &value, &waiting) || value != 0)
        return true;
    if (w->outside != 0 && w->outside == want->address)
        waiting++;
    return waiting < recorded_waiters(w->record, want->address);
}

bool deadlock_still_derived(const struct deadlock_world *w, const struct side *side)
{
    struct want now;
    const struct thread *t = record_thread(w->record, side->thread);
    return t != NULL && t->serial == side->serial && w->derived != NULL && w->derived(side->thread, &now) &&
           now.address == side->want.address && now.since == side->want.since;
}

bool deadlock_stood_still(const struct deadlock_world *w, const struct finding *f)
{
    for (uint32_t i = 0; i < f->sides && w->semaphore != NULL; i++)
        if (f->side[i].want.kind == KIND_SEMAPHORE && has_unit_under_way(w, &f->side[i].want))
            return false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < f->sides; i++) {
        const struct thread *t = record_thread(w->record, f->side[i].thread);
        if (want_is_derived(&f->side[i].want)) {
            if (!deadlock_still_derived(w, &f->side[i]))
                return false;
            continue;
        }
        if (t == NULL || t->serial != f->side[i].serial || t->sequence != f->side[i].sequence)
            return false;
    }
    return true;
}
