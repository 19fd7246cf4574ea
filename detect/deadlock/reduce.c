#include "detect/deadlock/graph.h"
#include "detect/held.h"

#include <string.h>
#include <sys/mman.h>

/*
 * A judgement at work. Components are sought among vertices: 0 stands for everybody, 1 up to threads-1 are the threads,
 * and threads-1+o is object o.
 */
struct judge {
    struct graph g;
    uint8_t *alive[LEVELS]; /* threads that may go on */
    uint8_t *outside;       /* threads that are not of the component at hand and have not ended */
    uint8_t *satisfied;     /* objects whose waiters were woken, while reducing */
    uint8_t *told;          /* objects that a finding was about */
    uint8_t *core;          /* threads that a finding was about */
    uint32_t live;          /* threads that have not ended */
    uint32_t *order, *low;  /* Tarjan's numbers of a vertex; order 0: not seen, low 0: its component is known */
    uint32_t *stack, *call, *at;
    uint32_t stacked, called, numbered;
    uint32_t *from; /* of a thread, in the search for a cycle: who came there, and by which object */
    uint32_t *by;
    struct side *side;
    void *memory;
    size_t size;
    deadlock_found *found;
    void *context;
    unsigned count;
    bool enough;
};

/* --- reduction --- */

static void wake_waiters(struct judge *j, uint32_t o, enum graph_level level, bool everybody, uint32_t *tail)
{
    const struct graph *g = &j->g;
    uint8_t *alive = j->alive[level];
    uint32_t next;
    j->satisfied[o] = 1;
    for (uint32_t id = g->object[o].first_waiter; id != 0; id = next) {
        const struct graph_thread *t = &g->thread[id];
        bool first = t->need[0] == o;
        uint32_t other = graph_need(g, id, first ? 1 : 0);
        next = t->next_waiter[first ? 0 : 1];
        if (alive[id] || (other != 0 && !graph_may_go_on(g, other, level, alive, everybody)))
            continue;
        alive[id] = 1;
        g->work[(*tail)++] = id;
    }
}

/* Strike everyone whom somebody alive may wake, until nothing changes. */
static void reduce(struct judge *j, enum graph_level level)
{
    const struct graph *g = &j->g;
    uint8_t *alive = j->alive[level];
    uint32_t head = 0, tail = 0;
    memset(j->satisfied, 0, g->objects);
    for (uint32_t id = 1; id < g->threads; id++)
        if (g->thread[id].state == GRAPH_RUNS)
            alive[id] = 1, g->work[tail++] = id;
    /* Twice, if it turns out only while reducing that there is anybody at all. */
    for (bool everybody = tail > 0, again = true; again;) {
        for (uint32_t o = 1; o < g->objects; o++)
            if (!j->satisfied[o] && graph_may_go_on(g, o, level, alive, everybody))
                wake_waiters(j, o, level, everybody, &tail);
        for (; head < tail; head++)
            for (uint32_t e = g->thread[g->work[head]].first_edge; e != 0; e = g->edge[e].next_of_thread)
                if (!j->satisfied[g->edge[e].object] && graph_may_go_on(g, g->edge[e].object, level, alive, everybody))
                    wake_waiters(j, g->edge[e].object, level, everybody, &tail);
        again = !everybody && tail > 0;
        everybody = tail > 0;
    }
}

static bool is_stuck(const struct judge *j, uint32_t thread)
{
    return j->g.thread[thread].state == GRAPH_WAITS && !j->alive[LEVEL_SEEN][thread];
}

/* --- the cycle of a component --- */

/* Whether a thread is known to have what waiters of `o` want, rather than being just anybody. */
static bool has(const struct graph *g, uint32_t o, uint32_t thread)
{
    const struct record *r = g->world->record;
    struct held_walk holding;
    const struct held *h;
    if (g->object[o].kind == KIND_THREAD)
        return (uint32_t)g->object[o].address == thread;
    const struct lock *lock = record_lock(r, g->object[o].lock);
    if (lock != NULL && (lock->traits & TRAIT_EVENT) != 0)
        return false; /* what was taken of it before it turned out to be one may still be on the path */
    held_begin_thread(&holding, r, record_thread(r, thread));
    while ((h = held_next(&holding)) != NULL)
        if (h->address == g->object[o].address)
            return true;
    return false;
}

/* Come to a thread of the component that could satisfy `o`; true when it is the goal. */
static bool visit(struct judge *j, uint32_t via, uint32_t o, uint32_t to, uint32_t goal, uint32_t *tail)
{
    const struct graph *g = &j->g;
    if (j->core[to] != 1 || j->from[to] != 0 || (to == via && !has(g, o, to)))
        return false;
    j->from[to] = via;
    j->by[to] = o;
    g->work[(*tail)++] = to;
    return to == goal;
}

/* Visit every thread of the component that could satisfy `o`, those that did so before first; true: the goal is among
 * them. */
static bool visit_wakers(struct judge *j, uint32_t via, uint32_t o, uint32_t goal, uint32_t *tail)
{
    const struct graph *g = &j->g;
    for (uint32_t e = g->object[o].first_edge; e != 0; e = g->edge[e].next_of_object)
        if (visit(j, via, o, g->edge[e].thread, goal, tail))
            return true;
    for (uint32_t id = 1; g->object[o].rule[LEVEL_SEEN] == RULE_EVERYBODY && id < g->threads; id++)
        if (visit(j, via, o, id, goal, tail))
            return true;
    return false;
}

/* The shortest cycle through `start`, left in j->from and j->by, read backwards from start. False: there is none. */
static bool find_cycle(struct judge *j, uint32_t start)
{
    const struct graph *g = &j->g;
    uint32_t head = 0, tail = 0;
    memset(j->from, 0, g->threads * sizeof *j->from);
    g->work[tail++] = start;
    for (; head < tail; head++)
        for (int n = 0; n < GRAPH_NEEDS; n++) {
            uint32_t id = g->work[head], o = graph_need(g, id, n);
            if (o != 0 && visit_wakers(j, id, o, start, &tail))
                return true;
        }
    return false;
}

/* --- a component becomes a finding --- */

static void add_side(struct judge *j, uint32_t at, uint32_t id, uint32_t wanted_by_object)
{
    const struct graph *g = &j->g;
    const struct thread *t = record_thread(g->world->record, id);
    const struct graph_object *o = &g->object[wanted_by_object];
    struct side *side = &j->side[at];
    const struct lock *lock = record_lock(g->world->record, o->lock);
    *side = (struct side){.thread = id, .serial = t->serial, .path = t->path, .sequence = g->thread[id].sequence};
    side->want = g->thread[id].want;
    const struct lock *mutex = record_lock(g->world->record, side->want.cond_mutex);
    if (g->thread[id].relocks && mutex != NULL) {
        side->want.kind = mutex->kind;
        side->want.lock = side->want.cond_mutex;
        side->want.address = mutex->address;
        side->want.how = 0;
    }
    memcpy(side->name, t->name, sizeof side->name);
    if (wanted_by_object != 0 && lock != NULL && (lock->traits & TRAIT_EVENT) == 0 &&
        (o->rule[LEVEL_SEEN] != RULE_EVERYBODY || has(g, wanted_by_object, id)))
        side->held = o->lock;
    j->core[id] = 2;
}

/* Put the cycle first. It was found backwards: from[start] is the last thread of it. */
static uint32_t add_cycle(struct judge *j, uint32_t start)
{
    uint32_t length = 0;
    uint32_t id = start;
    do
        length++, id = j->from[id];
    while (id != start);
    for (uint32_t i = length; i-- > 0;) {
        id = j->from[id];
        /* `id` is side i; the object by which it was come to is what the side before it wants */
        add_side(j, i, id, j->by[id]);
    }
    return length;
}

/*
 * The best place to begin a cycle: a thread that wants something of somebody, and not just of anybody; best of all,
 * what it has itself.
 */
static uint32_t cycle_start(const struct judge *j, const uint32_t *member, uint32_t members)
{
    uint32_t best = 0;
    int best_rank = -1;
    for (uint32_t i = 0; i < members; i++) {
        uint32_t id = member[i];
        if (id == 0 || id >= j->g.threads)
            continue;
        const struct graph_object *o = &j->g.object[j->g.thread[id].need[0]];
        int rank = o->kind == KIND_THREAD ? 1 : 2;
        if (o->rule[LEVEL_SEEN] == RULE_EVERYBODY)
            rank = has(&j->g, j->g.thread[id].need[0], id) ? 3 : o->first_edge != 0 ? 2 : 0;
        if (rank > best_rank || (rank == best_rank && id < best))
            best = id, best_rank = rank;
    }
    return best;
}

/* Whether the edges of an object lead to a thread; those of a thread may be of an object that dropped them. */
static bool leads_to(const struct graph *g, uint32_t o, uint32_t thread)
{
    uint32_t e = g->object[o].first_edge;
    while (e != 0 && g->edge[e].thread != thread)
        e = g->edge[e].next_of_object;
    return e != 0;
}

static void visit_waiters(struct judge *j, uint32_t o, uint32_t *tail)
{
    const struct graph *g = &j->g;
    j->satisfied[o] = 1;
    for (uint32_t id = g->object[o].first_waiter; id != 0;) {
        if (is_stuck(j, id) && j->from[id] == 0)
            j->from[id] = 1, g->work[(*tail)++] = id;
        id = g->thread[id].next_waiter[g->thread[id].need[0] == o ? 0 : 1];
    }
}

/* How many threads wait, directly or not, for one of the sides of a finding, or queue for what the first of them wants.
 */
static uint32_t count_behind(struct judge *j, const struct finding *f)
{
    const struct graph *g = &j->g;
    uint32_t head = 0, tail = 0;
    memset(j->from, 0, g->threads * sizeof *j->from);
    memset(j->satisfied, 0, g->objects);
    for (uint32_t i = 0; i < f->sides; i++)
        j->from[f->side[i].thread] = 1, g->work[tail++] = f->side[i].thread;
    for (uint32_t o = 1; o < g->objects; o++)
        if (g->object[o].rule[LEVEL_SEEN] == RULE_EVERYBODY)
            visit_waiters(j, o, &tail);
    visit_waiters(j, g->thread[f->side[0].thread].need[0], &tail);
    for (; head < tail; head++)
        for (uint32_t e = g->thread[g->work[head]].first_edge; e != 0; e = g->edge[e].next_of_thread)
            if (!j->satisfied[g->edge[e].object] && leads_to(g, g->edge[e].object, g->work[head]))
                visit_waiters(j, g->edge[e].object, &tail);
    return tail - f->sides;
}

/* Whether that a member cannot go on rests on nobody at all being able to. */
static bool rests_on_everybody(const struct judge *j, const uint32_t *member, uint32_t members, bool certain)
{
    bool rests = false;
    for (uint32_t i = 0; i < members; i++)
        if (member[i] != 0 && member[i] < j->g.threads) {
            const struct graph_object *o = &j->g.object[j->g.thread[member[i]].need[0]];
            rests |= o->rule[LEVEL_SEEN] == RULE_EVERYBODY || (certain && o->rule[LEVEL_CERTAIN] == RULE_EVERYBODY);
        }
    return rests;
}

static void report(struct judge *j, const uint32_t *member, uint32_t members)
{
    const struct graph *g = &j->g;
    struct finding f = {.kind = FINDING_DEADLOCK, .side = j->side, .confidence = CONFIDENCE_CERTAIN};
    bool hearsay = false;
    for (uint32_t i = 0; i < members; i++)
        if (member[i] != 0 && member[i] < g->threads) {
            j->core[member[i]] = 1;
            f.unconfirmed |= g->object[g->thread[member[i]].need[0]].unconfirmed;
            hearsay |= g->object[g->thread[member[i]].need[0]].hearsay;
            if (j->alive[LEVEL_CERTAIN][member[i]])
                f.confidence = CONFIDENCE_LIKELY;
        } else if (member[i] >= g->threads)
            j->told[member[i] - g->threads + 1] = 1;
    uint32_t start = cycle_start(j, member, members);
    if (find_cycle(j, start))
        f.cycle = f.sides = add_cycle(j, start);
    for (uint32_t i = 0; i < members; i++)
        if (member[i] != 0 && member[i] < g->threads && j->core[member[i]] == 1)
            add_side(j, f.sides++, member[i], 0);
    j->told[g->thread[start].need[0]] = 1;
    f.unconfirmed = hearsay || (f.unconfirmed && f.confidence != CONFIDENCE_CERTAIN);
    f.everybody = rests_on_everybody(j, member, members, f.confidence == CONFIDENCE_CERTAIN);
    f.severity = f.confidence == CONFIDENCE_CERTAIN ? SEVERITY_ERROR : SEVERITY_WARNING;
    f.behind = count_behind(j, &f);
    j->count++;
    j->enough = !j->found(j->context, &f);
}

/*
 * Whether the threads of a component are stuck by themselves: though everybody else, but those who ended, went on. Who
 * is not, waits behind a core.
 */
static bool is_core(struct judge *j, const uint32_t *member, uint32_t members)
{
    const struct graph *g = &j->g;
    uint32_t inside = 0;
    bool stuck = true, changed = true;
    for (uint32_t i = 0; i < members; i++)
        if (member[i] != 0 && member[i] < g->threads)
            j->outside[member[i]] = 0, inside++;
    bool everybody = j->live > inside;
    while (changed && stuck) {
        changed = false;
        for (uint32_t i = 0; i < members; i++) {
            uint32_t id = member[i];
            if (id == 0 || id >= g->threads || j->outside[id])
                continue;
            bool goes_on = true;
            for (int n = 0; n < GRAPH_NEEDS; n++)
                goes_on &= graph_need(g, id, n) == 0 ||
                           graph_may_go_on(g, graph_need(g, id, n), LEVEL_SEEN, j->outside, everybody);
            if (goes_on)
                j->outside[id] = 1, changed = true, inside--, everybody = true;
        }
        stuck = inside > 0;
    }
    for (uint32_t i = 0; i < members; i++)
        if (member[i] != 0 && member[i] < g->threads)
            j->outside[member[i]] = 1;
    return stuck;
}

static void component(struct judge *j, const uint32_t *member, uint32_t members)
{
    uint32_t first = member[0];
    if (members == 1 && (first == 0 || first >= j->g.threads || !is_stuck(j, first)))
        return;
    if (members == 1 && j->told[j->g.thread[first].need[0]])
        return; /* it queues behind one that was reported */
    if (is_core(j, member, members))
        report(j, member, members);
}

/* --- strong components: R. Tarjan, "Depth-First Search and Linear Graph Algorithms", SIAM J. Comput. 1(2), 1972 --- */

static void enter(struct judge *j, uint32_t v)
{
    j->order[v] = j->low[v] = ++j->numbered;
    j->stack[j->stacked++] = v;
    j->call[j->called++] = v;
    const struct graph_object *o = v >= j->g.threads ? &j->g.object[v - j->g.threads + 1] : NULL;
    if (o != NULL)
        j->at[v] = o->rule[LEVEL_SEEN] == RULE_EVERYBODY ? 0 : o->first_edge;
    else
        j->at[v] = v == 0 ? 1 : 0;
}

/* The next vertex that `v` leads to; UINT32_MAX when there is none left. */
static uint32_t step(struct judge *j, uint32_t v)
{
    const struct graph *g = &j->g;
    if (v == 0) {
        while (j->at[0] < g->threads && !is_stuck(j, j->at[0]))
            j->at[0]++;
        return j->at[0] < g->threads ? j->at[0]++ : UINT32_MAX;
    }
    if (v < g->threads) {
        while (j->at[v] < GRAPH_NEEDS) {
            uint32_t o = graph_need(g, v, (int)j->at[v]++);
            if (o != 0)
                return g->threads - 1 + o;
        }
        return UINT32_MAX;
    }
    if (g->object[v - g->threads + 1].rule[LEVEL_SEEN] == RULE_EVERYBODY)
        return j->at[v]++ == 0 ? 0 : UINT32_MAX;
    while (j->at[v] != 0) {
        uint32_t to = g->edge[j->at[v]].thread;
        j->at[v] = g->edge[j->at[v]].next_of_object;
        if (is_stuck(j, to))
            return to;
    }
    return UINT32_MAX;
}

static void leave(struct judge *j, uint32_t v)
{
    j->called--;
    if (j->called > 0) {
        uint32_t caller = j->call[j->called - 1];
        if (j->low[v] < j->low[caller])
            j->low[caller] = j->low[v];
    }
    if (j->low[v] != j->order[v])
        return;
    uint32_t from = j->stacked;
    do
        j->low[j->stack[--from]] = 0;
    while (j->stack[from] != v);
    component(j, j->stack + from, j->stacked - from);
    j->stacked = from;
}

static void components(struct judge *j, uint32_t root)
{
    enter(j, root);
    while (j->called > 0 && !j->enough) {
        uint32_t v = j->call[j->called - 1];
        uint32_t to = step(j, v);
        if (to == UINT32_MAX)
            leave(j, v);
        else if (j->order[to] == 0)
            enter(j, to);
        else if (j->low[to] != 0 && j->order[to] < j->low[v])
            j->low[v] = j->order[to];
    }
}

/* --- memory, and the whole --- */

static void *take(char **at, size_t count, size_t size)
{
    void *p = *at;
    *at += (count * size + 63) / 64 * 64;
    return p;
}

static bool get_memory(struct judge *j)
{
    size_t t = j->g.threads, o = j->g.objects, v = t + o;
    j->size = 4096 + 4 * (t + 64) + 2 * (o + 64) + 20 * (v + 16) + 8 * (t + 16) + t * sizeof(struct side);
    char *at = mmap(NULL, j->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return false;
    j->memory = at;
    j->alive[LEVEL_SEEN] = take(&at, t, 1);
    j->alive[LEVEL_CERTAIN] = take(&at, t, 1);
    j->outside = take(&at, t, 1);
    j->core = take(&at, t, 1);
    j->satisfied = take(&at, o, 1);
    j->told = take(&at, o, 1);
    j->order = take(&at, v, 4);
    j->low = take(&at, v, 4);
    j->stack = take(&at, v, 4);
    j->call = take(&at, v, 4);
    j->at = take(&at, v, 4);
    j->from = take(&at, t, 4);
    j->by = take(&at, t, 4);
    j->side = take(&at, t, sizeof *j->side);
    return true;
}

unsigned deadlock_judge(const struct deadlock_world *w, deadlock_found *found, void *context)
{
    struct judge j = {.found = found, .context = context};
    if (!graph_build(&j.g, w))
        return 0;
    if (!get_memory(&j)) {
        graph_free(&j.g);
        return 0;
    }
    for (enum graph_level level = 0; level < LEVELS; level++)
        reduce(&j, level);
    for (uint32_t id = 1; id < j.g.threads; id++) {
        j.outside[id] = j.g.thread[id].state == GRAPH_RUNS || j.g.thread[id].state == GRAPH_WAITS;
        j.live += j.outside[id];
    }
    for (uint32_t id = 1; id < j.g.threads && !j.enough; id++)
        if (is_stuck(&j, id) && j.order[id] == 0)
            components(&j, id);
    munmap(j.memory, j.size);
    graph_free(&j.g);
    return j.count;
}
