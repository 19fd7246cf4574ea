#include "detect/deadlock/graph.h"

#include "detect/held.h"

#include <string.h>
#include <sys/mman.h>

static uint32_t other_wakers_of(const struct graph *g)
{
    return g->world->alone ? 0 : g->world->record->header->other_wakers;
}

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

static uint32_t add_object(struct graph *g, const struct graph_object *like)
{
    uint32_t o = find_object(g, like->address, like->kind, like->shared);
    if (o != 0 || g->objects >= g->room_objects)
        return o;
    o = g->objects++;
    uint32_t *bucket = &g->bucket[bucket_of(g, like->address)];
    g->object[o] = *like;
    g->object[o].chain = *bucket;
    *bucket = o;
    return o;
}

bool graph_add_edge(struct graph *g, uint32_t object, uint32_t thread)
{
    if (g->edges >= g->room_edges || thread == 0 || thread >= g->threads)
        return false;
    uint32_t e = g->edges++;
    g->edge[e] = (struct graph_edge){thread, object, g->object[object].first_edge, g->thread[thread].first_edge};
    g->object[object].first_edge = e;
    g->thread[thread].first_edge = e;
    return true;
}

static void add_need(struct graph *g, uint32_t thread, int which, const struct graph_object *like)
{
    struct graph_thread *t = &g->thread[thread];
    uint32_t o = add_object(g, like);
    if (o == 0)
        return;
    t->need[which] = o;
    t->next_waiter[which] = g->object[o].first_waiter;
    g->object[o].first_waiter = thread;
    g->object[o].waiters++;
}

/*
 * Whether a thread that waits at a condition still holds its mutex: a recursive one that it locked more than once. libc
 * unlocks it once (glibc, nptl/pthread_cond_wait.c), so nobody can take what it must have back.
 */
static bool keeps_mutex(const struct graph *g, uint32_t id, const struct want *want)
{
    const struct record *r = g->world->record;
    const struct lock *mutex = record_lock(r, want->cond_mutex);
    struct held_walk holding;
    const struct held *h;
    if (mutex == NULL || (mutex->traits & TRAIT_RECURSIVE) == 0)
        return false;
    held_begin_thread(&holding, r, record_thread(r, id));
    while ((h = held_next(&holding)) != NULL)
        if (h->address == mutex->address)
            return true;
    return false;
}

/* What thread `id` does now, read so that what is said of a blocked thread was true at one moment. */
static void read_thread(struct graph *g, uint32_t id)
{
    const struct thread *t = record_thread(g->world->record, id);
    struct graph_thread *to = &g->thread[id];
    uint32_t state = t->state;
    to->state = state == THREAD_NONE ? GRAPH_ABSENT : state == THREAD_ENDED ? GRAPH_ENDED : GRAPH_RUNS;
    if (!record_blocked(t, &to->want, &to->sequence) || to->state != GRAPH_RUNS)
        return;
    /* When its time has come a condition wants its mutex back, and that without a time-out. */
    to->relocks = to->want.kind == KIND_CONDITION && (to->want.how & WANT_TIMED) != 0;
    if ((to->want.how & WANT_TIMED) != 0 && !to->relocks)
        return;
    if (to->want.kind != KIND_THREAD && record_lock(g->world->record, to->want.lock) == NULL)
        return;
    if (to->relocks && (record_lock(g->world->record, to->want.cond_mutex) == NULL || keeps_mutex(g, id, &to->want)))
        return;
    to->state = GRAPH_WAITS;
    g->stuck++;
}

static void add_waiter(struct graph *g, uint32_t id)
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

/* A join: by the thread waited for, if that is still the one. */
static void judge_join(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    const struct want *want = &g->thread[object->first_waiter].want;
    const struct thread *target = record_thread(g->world->record, want->thread);
    bool free = target == NULL || target->serial != want->thread_serial || target->state == THREAD_ENDED ||
                target->state == THREAD_NONE;
    object->rule[LEVEL_SEEN] = object->rule[LEVEL_CERTAIN] = free ? RULE_FREE : RULE_ANY;
    if (!free)
        graph_add_edge(g, o, want->thread);
}

/*
 * A semaphore used as a lock: whoever holds a unit. That takes every unit to be accounted for: one that was taken, but
 * not yet written down, or handed on, may come back from anywhere. While nobody has posted it yet, it may still turn
 * out to be a signal: then only a binary one is taken for a lock, and not if a thread waits for what it took itself, or
 * ended with a unit that another process may release.
 */
static bool is_lock(struct graph *g, uint32_t o, const struct lock *lock)
{
    struct graph_object *object = &g->object[o];
    uint32_t traits = lock->traits, value = 0, waiting;
    if ((traits & TRAIT_EVENT) != 0 || object->units == 0)
        return false;
    if (g->world->semaphore != NULL && !g->world->semaphore(lock, &value, &waiting))
        return false;
    if ((traits & TRAIT_VALUE_KNOWN) != 0 && object->units + value != lock->value)
        return false;
    if ((traits & TRAIT_POSTED) != 0)
        return true;
    if ((traits & TRAIT_VALUE_KNOWN) == 0 || lock->value != 1)
        return false;
    for (uint32_t e = object->first_edge; e != 0; e = g->edge[e].next_of_object) {
        const struct graph_thread *t = &g->thread[g->edge[e].thread];
        if (t->need[0] == o || ((traits & TRAIT_SHARED) != 0 && t->state == GRAPH_ENDED))
            return false;
    }
    object->unconfirmed = true;
    return true;
}

static void judge_semaphore(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = record_lock(g->world->record, object->lock);
    uint32_t other_wakers = other_wakers_of(g) & (OTHER_WAKER_HANDLER | OTHER_WAKER_FOREIGN_THREAD);
    bool shared = (lock->traits & TRAIT_SHARED) != 0;

    if (g->world->semaphore == NULL && (lock->traits & (TRAIT_EVENT | TRAIT_VALUE_KNOWN)) == TRAIT_VALUE_KNOWN &&
        object->units < lock->value) {
        /* A unit lies there, or is under way to somebody, and nobody can say which. */
        object->rule[LEVEL_SEEN] = object->rule[LEVEL_CERTAIN] = RULE_FREE;
        return;
    }
    object->rule[LEVEL_CERTAIN] = other_wakers != 0 || shared ? RULE_FREE : RULE_EVERYBODY;
    object->used_as_lock = is_lock(g, o, lock);
    if (object->used_as_lock) {
        object->rule[LEVEL_SEEN] = RULE_ANY;
        return;
    }
    object->first_edge = 0; /* who holds units of a signal is of no account */
    if ((lock->traits & TRAIT_WAKER_UNKNOWN) != 0)
        object->rule[LEVEL_SEEN] = RULE_FREE;
    else if ((lock->traits & TRAIT_EVENT) != 0 && graph_add_posters(g, o, lock))
        object->rule[LEVEL_SEEN] = RULE_ANY;
    else
        object->rule[LEVEL_SEEN] = object->rule[LEVEL_CERTAIN];
}

/*
 * Whether another process may release what a thread of this one holds: what is shared between them, but for what libc
 * lets only the owner unlock, which is some mutexes (glibc, nptl/pthread_mutex_unlock.c; of PTHREAD_PRIO_INHERIT the
 * kernel sees to it) and what a writer holds (nptl/pthread_rwlock_unlock.c takes any other for a reader).
 */
static bool is_anybodys(const struct graph *g, uint32_t o, const struct lock *lock)
{
    const uint32_t owned = TRAIT_RECURSIVE | TRAIT_ERRORCHECK | TRAIT_ROBUST | TRAIT_INHERIT;
    if ((lock->traits & TRAIT_SHARED) == 0 || (lock->kind == KIND_MUTEX && (lock->traits & owned) != 0) ||
        (lock->kind == KIND_RWLOCK && !g->object[o].read))
        return false;
    return g->world->own_memory == NULL || !g->world->own_memory(lock);
}

/* What is held by someone must be let go by all who hold it; held by nobody that we know of, it may come free. */
static void judge_held(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = record_lock(g->world->record, object->lock);
    enum graph_rule rule = object->first_edge != 0 ? RULE_ALL : RULE_FREE;
    for (uint32_t e = object->first_edge; e != 0; e = g->edge[e].next_of_object)
        if (g->thread[g->edge[e].thread].state == GRAPH_ENDED && (lock->traits & TRAIT_ROBUST) != 0)
            rule = RULE_FREE;
    if (rule == RULE_FREE && object->first_edge == 0 && object->kind == KIND_MUTEX &&
        (lock->traits & (TRAIT_ROBUST | TRAIT_SHARED)) == 0 && g->world->owner_gone != NULL &&
        g->world->owner_gone(lock))
        rule = RULE_NEVER;
    object->rule[LEVEL_SEEN] = rule;
    object->rule[LEVEL_CERTAIN] = rule == RULE_ALL && is_anybodys(g, o, lock) ? RULE_FREE : rule;
}

/*
 * A writer waits for all who hold the lock, a reader for the writer; and, where writers are preferred, for the writers
 * that wait before it (glibc, nptl/pthread_rwlock_common.c). A reader that holds it, but has not said so yet, makes the
 * count differ.
 */
static void judge_rwlock(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = record_lock(g->world->record, object->lock);
    uint32_t readers;
    for (uint32_t id = 1; object->shared && (lock->traits & TRAIT_PREFER_WRITER) != 0 && id < g->threads; id++) {
        const struct graph_thread *t = &g->thread[id];
        if (t->state == GRAPH_WAITS && t->want.address == object->address && t->want.kind == KIND_RWLOCK &&
            (t->want.how & WANT_SHARED) == 0)
            graph_add_edge(g, o, id);
    }
    judge_held(g, o);
    if (!object->shared && g->world->readers != NULL && g->world->readers(lock, &readers) && readers > object->units)
        object->rule[LEVEL_SEEN] = object->rule[LEVEL_CERTAIN] = RULE_FREE;
}

/* Who waits at a condition, but was woken, needs no signal any more. */
static void find_relocking(struct graph *g, uint32_t o, const struct lock *lock)
{
    const struct deadlock_world *w = g->world;
    uint32_t inside;
    if (w->inside == NULL || w->relocks == NULL || !w->inside(lock, &inside) || inside >= g->object[o].waiters)
        return;
    for (uint32_t id = g->object[o].first_waiter; id != 0; id = g->thread[id].next_waiter[0])
        g->thread[id].relocks |= w->relocks(record_thread(w->record, id), &g->thread[id].want);
}

/*
 * Who destroys a condition or a barrier waits until all have left that wait there (glibc, nptl/pthread_cond_destroy.c
 * and pthread_barrier_destroy.c).
 */
static void judge_end(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    for (uint32_t id = 1; id < g->threads; id++) {
        const struct graph_thread *t = &g->thread[id];
        if ((t->state == GRAPH_WAITS || t->state == GRAPH_RUNS) && t->want.address == object->address &&
            t->want.kind == object->kind && (t->want.how & WANT_END) == 0)
            graph_add_edge(g, o, id);
    }
    object->rule[LEVEL_SEEN] = object->rule[LEVEL_CERTAIN] = object->first_edge != 0 ? RULE_ALL : RULE_FREE;
}

/* A condition: whoever signalled so far; if nobody has, anybody may. */
static void judge_condition(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = record_lock(g->world->record, object->lock);
    uint32_t other_wakers = other_wakers_of(g) & (OTHER_WAKER_HANDLER | OTHER_WAKER_FOREIGN_THREAD);
    bool free = other_wakers != 0 || (lock->traits & TRAIT_SHARED) != 0;
    object->rule[LEVEL_SEEN] = object->rule[LEVEL_CERTAIN] = free ? RULE_FREE : RULE_EVERYBODY;
    if ((lock->traits & TRAIT_WAKER_UNKNOWN) != 0)
        object->rule[LEVEL_SEEN] = RULE_FREE;
    else if (graph_add_posters(g, o, lock))
        object->rule[LEVEL_SEEN] = RULE_ANY;
    find_relocking(g, o, lock);
}

/*
 * A barrier: those who are still to arrive. When as many threads as it takes have been here before, it is those of them
 * that are not here now, all of them if there are no more than it takes; else anybody may be meant.
 */
static void judge_barrier(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = record_lock(g->world->record, object->lock);
    uint32_t other_wakers = other_wakers_of(g) & OTHER_WAKER_FOREIGN_THREAD;
    bool free = other_wakers != 0 || (lock->traits & TRAIT_SHARED) != 0 || (lock->traits & TRAIT_VALUE_KNOWN) == 0 ||
                object->waiters >= lock->value;
    object->rule[LEVEL_SEEN] = object->rule[LEVEL_CERTAIN] = free ? RULE_FREE : RULE_EVERYBODY;
    if (free || (lock->traits & TRAIT_WAKER_UNKNOWN) != 0 || !graph_add_posters(g, o, lock))
        return;
    uint32_t others = 0;
    for (uint32_t *e = &object->first_edge; *e != 0;)
        if (g->thread[g->edge[*e].thread].need[0] == o)
            *e = g->edge[*e].next_of_object; /* it has arrived */
        else
            others++, e = &g->edge[*e].next_of_object;
    if (others == lock->value - object->waiters)
        object->rule[LEVEL_SEEN] = RULE_ALL;
    else if (others > lock->value - object->waiters)
        object->rule[LEVEL_SEEN] = RULE_ANY;
    else
        object->first_edge = 0;
}

/*
 * To join, to wait for a semaphore or at a condition are cancellation points (POSIX 2.9.5), and a thread that is
 * cancelled goes on, to its cleanup handlers: though at a condition only with the mutex. Not so a lock, a barrier, a
 * once.
 */
static bool is_cancellable(const struct graph *g, uint32_t o)
{
    uint16_t kind = g->object[o].kind;
    return (other_wakers_of(g) & OTHER_WAKER_CANCELS) != 0 &&
           (kind == KIND_THREAD || kind == KIND_SEMAPHORE || (kind == KIND_CONDITION && !g->object[o].shared));
}

static void judge_object(struct graph *g, uint32_t o)
{
    bool ends = g->object[o].shared && (g->object[o].kind == KIND_CONDITION || g->object[o].kind == KIND_BARRIER);
    switch (ends ? KIND_NONE : g->object[o].kind) {
    case KIND_THREAD:
        judge_join(g, o);
        break;
    case KIND_SEMAPHORE:
        judge_semaphore(g, o);
        break;
    case KIND_MUTEX:
    case KIND_SPINLOCK:
    case KIND_ONCE:
        judge_held(g, o);
        break;
    case KIND_RWLOCK:
        judge_rwlock(g, o);
        break;
    case KIND_CONDITION:
        judge_condition(g, o);
        break;
    case KIND_BARRIER:
        judge_barrier(g, o);
        break;
    default:
        if (ends)
            judge_end(g, o); /* else RULE_FREE */
        break;
    }
    /* Of a process that lives one can ask the lock; waiters for what others hold are stuck as long as those hold it. */
    bool signal = g->object[o].kind == KIND_CONDITION || g->object[o].kind == KIND_BARRIER ||
                  (g->object[o].kind == KIND_SEMAPHORE && !g->object[o].used_as_lock);
    g->object[o].cancellable = is_cancellable(g, o);
    g->object[o].hearsay = signal && g->world->semaphore == NULL;
}

/*
 * Edges from every wanted lock to who holds it; a dry run only counts them. More than HOLDS_MOST in the hands of all
 * threads has only a record that somebody made up: TOO_MANY.
 */
enum { HOLDS_MOST = 1 << 22 };
static const uint32_t TOO_MANY = UINT32_MAX;
static uint32_t add_holders(struct graph *g, bool dry)
{
    const struct record *r = g->world->record;
    struct held_walk h;
    uint32_t count = 0, steps = 0;
    for (uint32_t id = 1; id < g->threads; id++) {
        if (g->thread[id].state == GRAPH_ABSENT)
            continue;
        held_begin_thread(&h, r, record_thread(r, id));
        for (const struct held *hold; (hold = held_next(&h)) != NULL;) {
            if (++steps > HOLDS_MOST)
                return TOO_MANY;
            uint64_t address = hold->address;
            for (uint32_t o = g->bucket[bucket_of(g, address)]; o != 0; o = g->object[o].chain) {
                if (g->object[o].address != address || g->object[o].kind == KIND_THREAD)
                    continue;
                if (g->object[o].shared && (hold->how & HOW_SHARED) != 0)
                    continue; /* readers do not keep each other out */
                count++;
                if (dry)
                    continue;
                g->object[o].read |= (hold->how & HOW_SHARED) != 0;
                if (graph_add_edge(g, o, id))
                    g->object[o].units++;
            }
        }
    }
    return count;
}

/*
 * At most an edge a post, an edge a join, and an edge a writer that waits, for one object each; and where somebody
 * posts in the place of one that ended, at most one for each thread that waits.
 */
static size_t count_others(const struct graph *g)
{
    enum { MOST = 1 << 22 };
    const struct record *r = g->world->record;
    size_t count = record_used(r, TABLE_POSTS) + 2 * (size_t)g->threads, sisters = 0;
    for (uint32_t o = 1; o < g->objects && sisters < MOST; o++) {
        const struct lock *lock = record_lock(r, g->object[o].lock);
        if (lock != NULL && lock->first_post != 0)
            sisters += g->threads;
    }
    return count + sisters;
}

static void *take(char **at, size_t count, size_t size)
{
    void *p = *at;
    *at += (count * size + 63) / 64 * 64;
    return p;
}

static size_t padded(size_t count, size_t size)
{
    return (count * size + 63) / 64 * 64;
}

static bool get_memory(struct graph *g, uint32_t threads, uint32_t buckets)
{
    g->memory_size = padded(threads, sizeof *g->thread) + padded(2 * (size_t)threads, sizeof *g->object) +
                     padded(buckets, sizeof *g->bucket) + padded(2 * (size_t)threads, sizeof *g->work);
    g->memory = mmap(NULL, g->memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g->memory == MAP_FAILED)
        return false;
    char *at = g->memory;
    g->thread = take(&at, threads, sizeof *g->thread);
    g->object = take(&at, 2 * (size_t)threads, sizeof *g->object);
    g->bucket = take(&at, buckets, sizeof *g->bucket);
    g->work = take(&at, 2 * (size_t)threads, sizeof *g->work);
    g->room_objects = 2 * threads;
    g->buckets = buckets;
    return true;
}

/* Running threads take and release meanwhile: what no longer fits belongs to a lock that is not stuck. */
static bool get_edges(struct graph *g)
{
    uint32_t holders = add_holders(g, true);
    if (holders == TOO_MANY)
        return false;
    size_t count = (size_t)holders + count_others(g) + 64;
    size_t size = count * sizeof *g->edge;
    g->edge = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g->edge == MAP_FAILED)
        return false;
    g->room_edges = (uint32_t)count;
    g->edges = 1;
    return true;
}

bool graph_build(struct graph *g, const struct deadlock_world *w)
{
    uint32_t threads = record_used(w->record, TABLE_THREADS);
    uint32_t buckets = 64;
    while (buckets < threads)
        buckets *= 2;
    memset(g, 0, sizeof *g);
    g->world = w;
    g->threads = threads;
    g->objects = 1;
    if (threads < 2 || !get_memory(g, threads, buckets))
        return false;
    for (uint32_t id = 1; id < threads; id++)
        read_thread(g, id);
    for (uint32_t id = 1; id < threads; id++)
        if (g->thread[id].state == GRAPH_WAITS)
            add_waiter(g, id);
    if (g->stuck == 0 || !get_edges(g)) {
        munmap(g->memory, g->memory_size);
        return false;
    }
    add_holders(g, false);
    for (uint32_t o = 1; o < g->objects; o++)
        judge_object(g, o);
    return true;
}

void graph_free(struct graph *g)
{
    munmap(g->edge, g->room_edges * sizeof *g->edge);
    munmap(g->memory, g->memory_size);
}

bool graph_may_go_on(const struct graph *g, uint32_t object, enum graph_level level, const uint8_t *alive,
                     bool everybody)
{
    const struct graph_object *o = &g->object[object];
    uint32_t e = o->first_edge;
    bool stranger = (other_wakers_of(g) & OTHER_WAKER_FOREIGN_THREAD) != 0;
    if (level == LEVEL_CERTAIN && o->cancellable && (everybody || stranger))
        return true;
    switch (o->rule[level]) {
    case RULE_NEVER:
        return false;
    case RULE_EVERYBODY:
        return everybody;
    case RULE_ANY:
        while (e != 0 && !alive[g->edge[e].thread])
            e = g->edge[e].next_of_object;
        return e != 0;
    case RULE_ALL:
        while (e != 0 && alive[g->edge[e].thread])
            e = g->edge[e].next_of_object;
        return e == 0;
    default:
        return true;
    }
}
