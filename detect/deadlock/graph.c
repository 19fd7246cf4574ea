#include "detect/deadlock/graph.h"

#include "detect/held.h"

enum { HOLDS_MOST = 1 << 22, EDGES_MOST = 1 << 23 }; /* more than that has only a damaged record */

uint32_t graph_other_wakers(const struct graph *g)
{
    return g->world->alone ? 0 : g->world->record->header->other_wakers;
}

/* --- objects --- */

static uint32_t bucket_of(const struct graph *g, uint64_t address)
{
    return (uint32_t)((address >> 3) * 0x9E3779B97F4A7C15u >> 40) & (g->buckets - 1);
}

static uint32_t find_object(const struct graph *g, uint64_t address, uint16_t kind, bool shared)
{
    for (uint32_t o = g->bucket[bucket_of(g, address)]; o != 0; o = g->object[o].chain)
        if (g->object[o].address == address && g->object[o].kind == kind && g->object[o].shared == shared)
            return o;
    return 0;
}

static uint32_t find_or_add_object(struct graph *g, const struct graph_object *like)
{
    uint32_t o = find_object(g, like->address, like->kind, like->shared);
    if (o != 0 || g->objects >= g->objects_room)
        return o;
    o = g->objects++;
    uint32_t *bucket = &g->bucket[bucket_of(g, like->address)];
    g->object[o] = *like;
    g->object[o].chain = *bucket;
    *bucket = o;
    return o;
}

static bool grow_edges(struct graph *g)
{
    uint32_t room = g->edges_room * 2;
    struct graph_edge *edge = room > EDGES_MOST ? NULL : pages_more(g->pages, g->edge, room, sizeof *edge);
    if (edge == NULL)
        return false;
    g->edge = edge;
    g->edges_room = room;
    return true;
}

bool graph_add_edge(struct graph *g, uint32_t object, uint32_t thread)
{
    if (thread == 0 || thread >= g->threads)
        return false;
    if (g->edges == g->edges_room && !grow_edges(g)) {
        g->incomplete = true;
        return false;
    }
    uint32_t e = g->edges++;
    g->edge[e] = (struct graph_edge){.thread = thread,
                                     .object = object,
                                     .next_of_object = g->object[object].first_edge,
                                     .next_of_thread = g->thread[thread].first_edge};
    g->object[object].first_edge = e;
    g->thread[thread].first_edge = e;
    return true;
}

/* --- threads --- */

/*
 * Whether a thread that waits at a condition still holds its mutex: a recursive one that it locked more than once. libc
 * unlocks it once (glibc, nptl/pthread_cond_wait.c), so nobody else can acquire what it must have back.
 */
static bool keeps_mutex(const struct graph *g, uint32_t id, const struct want *want)
{
    const struct record *r = g->world->record;
    const struct lock *mutex = record_lock(r, want->cond_mutex);
    return mutex != NULL && (mutex->traits & TRAIT_RECURSIVE) != 0 &&
           held_by_thread(r, record_thread(r, id), mutex->address);
}

/* What it waits for although it runs by its own record, or waits with a time-out. */
static bool read_derived(struct graph *g, uint32_t id)
{
    const struct deadlock_world *w = g->world;
    struct graph_thread *to = &g->thread[id];
    const struct thread *t = record_thread(w->record, id);
    uint32_t sequence = t->sequence;
    bool blocked = sequence % 2 == 1 && !want_ends_itself(&t->want);
    if (w->derived == NULL || to->state != GRAPH_RUNS || blocked || !w->derived(id, &to->want))
        return false;
    to->state = GRAPH_WAITS;
    to->derived = true;
    to->sequence = sequence;
    return true;
}

/* What thread `id` does now, read so that what is said of a blocked thread was true at one moment. */
static void read_thread(struct graph *g, uint32_t id)
{
    const struct thread *t = record_thread(g->world->record, id);
    struct graph_thread *to = &g->thread[id];
    uint32_t state = t->state;
    to->state = state == THREAD_NONE ? GRAPH_ABSENT : state == THREAD_ENDED ? GRAPH_ENDED : GRAPH_RUNS;
    if (read_derived(g, id))
        return;
    if (!record_blocked(t, &to->want, &to->sequence) || to->state != GRAPH_RUNS)
        return;
    /* When its time-out has passed a condition wait needs its mutex back, and that without a time-out. */
    to->relocks = kind_like(to->want.kind) == KIND_CONDITION && (to->want.how & WANT_TIMED) != 0;
    if (want_ends_itself(&to->want) && !to->relocks)
        return;
    if (to->want.kind != KIND_THREAD && record_lock(g->world->record, to->want.lock) == NULL)
        return;
    if (to->relocks && (record_lock(g->world->record, to->want.cond_mutex) == NULL || keeps_mutex(g, id, &to->want)))
        return;
    to->state = GRAPH_WAITS;
}

static void add_need(struct graph *g, uint32_t thread, int which, const struct graph_object *like)
{
    struct graph_thread *t = &g->thread[thread];
    uint32_t o = find_or_add_object(g, like);
    if (o == 0)
        return;
    t->need[which] = o;
    t->next_waiter[which] = g->object[o].first_waiter;
    g->object[o].first_waiter = thread;
    g->object[o].waiters++;
}

static void add_needs(struct graph *g, uint32_t id)
{
    const struct want *want = &g->thread[id].want;
    struct graph_object like = {.address = want->kind == KIND_THREAD ? graph_join(want) : want->address,
                                .lock = want->lock,
                                .kind = want->kind,
                                .shared = (want->how & (WANT_SHARED | WANT_END)) != 0};
    add_need(g, id, 0, &like);
    const struct lock *mutex = record_lock(g->world->record, want->cond_mutex);
    if (mutex == NULL || keeps_mutex(g, id, want))
        return;
    like = (struct graph_object){.address = mutex->address, .lock = want->cond_mutex, .kind = mutex->kind};
    add_need(g, id, 1, &like);
}

/* --- holders --- */

static void add_holder(struct graph *g, uint32_t thread, const struct held *held)
{
    for (uint32_t o = g->bucket[bucket_of(g, held->address)]; o != 0; o = g->object[o].chain) {
        struct graph_object *object = &g->object[o];
        if (object->address != held->address || object->kind == KIND_THREAD)
            continue;
        if (object->shared && (held->how & HOW_SHARED) != 0)
            continue; /* readers do not keep each other out */
        object->read |= (held->how & HOW_SHARED) != 0;
        object->units += graph_add_edge(g, o, thread);
    }
}

/* Edges from every wanted lock to the threads that hold it. False: the record is damaged. */
static bool add_holders(struct graph *g)
{
    struct held_walk walk;
    const struct held *held;
    uint32_t steps = 0;
    for (uint32_t id = 1; id < g->threads; id++) {
        if (g->thread[id].state == GRAPH_ABSENT)
            continue;
        held_begin_thread(&walk, g->world->record, record_thread(g->world->record, id));
        while ((held = held_next(&walk)) != NULL) {
            if (++steps > HOLDS_MOST)
                return false;
            add_holder(g, id, held);
        }
    }
    return true;
}

bool graph_build(struct graph *g, const struct deadlock_world *w, struct pages *pages)
{
    uint32_t threads = record_used(w->record, TABLE_THREADS), buckets = 64, waiting = 0;
    while (buckets < threads)
        buckets *= 2;
    *g = (struct graph){.world = w,
                        .pages = pages,
                        .threads = threads,
                        .objects = 1,
                        .edges = 1,
                        .objects_room = GRAPH_NEEDS * threads,
                        .edges_room = 2 * threads + 64,
                        .buckets = buckets};
    g->thread = threads < 2 ? NULL : pages_get(pages, threads, sizeof *g->thread);
    if (g->thread == NULL)
        return false;
    for (uint32_t id = 1; id < threads; id++) {
        read_thread(g, id);
        waiting += g->thread[id].state == GRAPH_WAITS;
    }
    if (waiting == 0)
        return false;
    g->object = pages_get(pages, g->objects_room, sizeof *g->object);
    g->edge = pages_get(pages, g->edges_room, sizeof *g->edge);
    g->bucket = pages_get(pages, buckets, sizeof *g->bucket);
    g->queue = pages_get(pages, (size_t)threads + 1, sizeof *g->queue);
    if (g->object == NULL || g->edge == NULL || g->bucket == NULL || g->queue == NULL)
        return false;
    for (uint32_t id = 1; id < threads; id++)
        if (g->thread[id].state == GRAPH_WAITS)
            add_needs(g, id);
    return add_holders(g);
}

bool graph_may_go_on(const struct graph *g, uint32_t object, enum graph_level level, const uint8_t *alive,
                     enum graph_alive who)
{
    const struct graph_object *o = &g->object[object];
    uint32_t e = o->first_edge;
    bool foreign = (graph_other_wakers(g) & OTHER_WAKER_FOREIGN_THREAD) != 0;
    if (level == LEVEL_CERTAIN && o->cancellable && (who != ALIVE_NONE || foreign))
        return true;
    switch (o->woken[level]) {
    case WOKEN_NEVER:
        return false;
    case WOKEN_BY_ANYONE:
        return who != ALIVE_NONE;
    case WOKEN_BY_ACQUAINTED:
        if (who == ALIVE_WAITING)
            return true;
        __attribute__((fallthrough));
    case WOKEN_BY_ONE:
        while (e != 0 && !alive[g->edge[e].thread])
            e = g->edge[e].next_of_object;
        return e != 0;
    case WOKEN_BY_ALL:
        while (e != 0 && alive[g->edge[e].thread])
            e = g->edge[e].next_of_object;
        return e == 0;
    default:
        return true;
    }
}
