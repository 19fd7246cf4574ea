#include "analyzer/merge/keep.h"

#include <stdlib.h>

/* --- what runs show --- */

/* Something that runs show, and the first of these by their start. */
struct fact {
    struct key key;
    uint32_t run[KEEP_RUNS]; /* 0: none */
};

struct facts {
    struct pool *pool;
    struct set set;
};

static void add_fact(struct facts *f, struct key key, uint32_t run)
{
    bool fresh;
    uint32_t id = pool_add(f->pool, &f->set, key, &fresh);
    uint32_t *first = id == 0 ? NULL : ((struct fact *)set_at(&f->set, id))->run;
    for (int i = 0; first != NULL && i < KEEP_RUNS && first[i] != run; i++)
        if (pool_compare_runs(f->pool, run, first[i]) < 0) {
            uint32_t later = first[i];
            first[i] = run;
            run = later;
        }
}

/* By start routine, and by when in the life of the program. */
static struct key key_of_actor(struct key key, const struct pool_thread *t, uint32_t phase)
{
    uint32_t joins = phase / PHASE_ALL_JOINED;
    key = key_number(key, t->routine_key);
    return key_number(key, (joins > 1 ? 2 : joins) << 3 | (phase % PHASE_ALL_JOINED == 0) << 2 | phase % PHASE_STEP);
}

/* A node by what is the same from run to run: anonymous locks by their class. */
static struct key *classes_of(const struct pool *p)
{
    struct key *class = calloc((size_t)p->nodes.count + 1, sizeof *class);
    for (uint32_t id = 1; class != NULL && id <= p->nodes.count; id++) {
        const struct pool_hold *n = pool_node(p, id);
        struct key key = key_join(key_begin("class"), class[n->parent]);
        key = key_number(key_join(key, pool_lock(p, n->lock)->class), n->how);
        class[id] = key_number(key, n->stack == 0 ? 0 : pool_stack_at(p, n->stack)->place_key);
    }
    return class;
}

static bool add_acquisitions(struct facts *f)
{
    const struct pool *p = f->pool;
    struct key *class = classes_of(p);
    for (uint32_t id = 1; class != NULL && id <= p->acquisitions.count; id++) {
        const struct pool_acquisition *t = set_at(&p->acquisitions, id);
        const struct pool_epoch *e = pool_epoch(p, t->epoch);
        const struct pool_thread *who = pool_thread(p, e->thread);
        struct key key = key_join(key_begin("acquisition"), class[t->node]);
        add_fact(f, key_of_actor(key, who, e->phase), who->run);
    }
    bool good = class != NULL;
    free(class);
    return good;
}

/* Wakes, each with the lockset of its waker. */
static void add_wakes(struct facts *f)
{
    const struct pool *p = f->pool;
    for (uint32_t id = 1; id <= p->wakes.count; id++) {
        const struct pool_wake *w = set_at(&p->wakes, id);
        const struct pool_epoch *e = pool_epoch(p, w->epoch);
        const struct pool_thread *who = pool_thread(p, e->thread);
        struct key key = key_join(key_begin("wake"), pool_lock(p, w->lock)->class), held = {0};
        for (int i = 0; i < WAKE_HELD; i++) {
            struct key one = w->held[i].lock == 0 ? NO_KEY : pool_lock(p, w->held[i].lock)->class;
            held.a += one.a, held.b += one.b; /* in any order */
        }
        add_fact(f, key_of_actor(key_join(key, held), who, e->phase), who->run);
    }
    for (uint32_t id = 1; id <= p->posts.count; id++) {
        const struct pool_post *post = set_at(&p->posts, id);
        const struct pool_thread *who = pool_thread(p, post->thread);
        struct key key = key_join(key_begin("post"), pool_lock(p, post->lock)->class);
        add_fact(f, key_number(key, who->routine_key), who->run);
    }
}

/* --- runs that show both orders of two locks: what they say of these counts most --- */

struct pair {
    struct key key;  /* of two locks and a run */
    unsigned orders; /* bits: the lock of the greater key was held, that of the lesser key was held */
};

static void add_order(struct facts *f, struct set *pairs, uint32_t held, uint32_t wanted, uint32_t run)
{
    struct key a = pool_key(&f->pool->locks, held), b = pool_key(&f->pool->locks, wanted);
    bool swap = key_compare(a, b) > 0, fresh;
    struct key both = key_join(key_join(key_begin("both"), swap ? b : a), swap ? a : b);
    uint32_t id = pool_add(f->pool, pairs, key_number(both, run), &fresh);
    if (id == 0)
        return;
    struct pair *pair = set_at(pairs, id);
    pair->orders |= swap ? 1 : 2;
    if (pair->orders == 3)
        add_fact(f, both, run);
}

static void add_inversions(struct facts *f)
{
    enum { OUTWARDS = 64 }; /* this many holds further out are compared with each acquisition */
    const struct pool *p = f->pool;
    struct set pairs = SET_OF(struct pair);
    for (uint32_t id = 1; id <= p->acquisitions.count; id++) {
        const struct pool_acquisition *t = set_at(&p->acquisitions, id);
        const struct pool_hold *n = pool_node(p, t->node);
        uint32_t run = pool_thread(p, pool_epoch(p, t->epoch)->thread)->run, at = n->parent;
        if (pool_lock(p, n->lock)->anonymous)
            continue;
        for (int i = 0; at != 0 && i < OUTWARDS; at = pool_node(p, at)->parent, i++) {
            uint32_t held = pool_node(p, at)->lock;
            if (held != n->lock && !pool_lock(p, held)->anonymous)
                add_order(f, &pairs, held, n->lock, run);
        }
    }
    set_free(&pairs);
}

static bool choose_runs(struct pool *p)
{
    struct facts f = {p, SET_OF(struct fact)};
    bool good = add_acquisitions(&f);
    add_wakes(&f);
    add_inversions(&f);
    for (uint32_t id = 1; id <= f.set.count; id++)
        for (int i = 0; i < KEEP_RUNS; i++) {
            uint32_t run = ((struct fact *)set_at(&f.set, id))->run[i];
            if (run != 0)
                pool_run(p, run)->kept = true;
        }
    for (uint32_t id = 1; id <= p->findings.count; id++)
        if (pool_finding(p, id)->run != 0)
            pool_run(p, pool_finding(p, id)->run)->kept = true;
    set_free(&f.set);
    return good && !p->failed;
}

/* --- what belongs to them --- */

static void mark_stack(struct pool *p, uint32_t id)
{
    if (id != 0)
        pool_stack_at(p, id)->marked = true;
}

static void mark_lock(struct pool *p, uint32_t id)
{
    if (id == 0 || pool_lock(p, id)->marked)
        return;
    pool_lock(p, id)->marked = true;
    mark_stack(p, pool_lock(p, id)->created);
    mark_stack(p, pool_lock(p, id)->first_use);
}

static void mark_holds(struct pool *p, const struct set *s, uint32_t id)
{
    struct pool_hold *h;
    for (; id != 0 && (h = set_at(s, id)) != NULL && !h->marked; id = h->parent) {
        h->marked = true;
        mark_lock(p, h->lock);
        mark_stack(p, h->stack);
    }
}

static void mark_thread(struct pool *p, uint32_t id)
{
    if (id != 0)
        pool_thread(p, id)->marked = true;
}

/* Those that happen before it have lesser ids. */
static void mark_epochs(struct pool *p)
{
    for (uint32_t id = p->epochs.count; id > 0; id--) {
        const struct pool_epoch *e = pool_epoch(p, id);
        if (!e->marked)
            continue;
        if (pool_thread(p, e->thread)->run_serial != 0)
            mark_thread(p, e->thread);
        const uint32_t before[] = {e->before, e->joined[0], e->joined[1], e->object};
        for (int i = 0; i < 4; i++)
            if (before[i] != 0)
                pool_epoch(p, before[i])->marked = true;
    }
}

static void mark_finding(struct pool *p, const struct pool_finding *f)
{
    for (uint32_t i = 0; i < f->finding.sides; i++) {
        const struct pool_side *s = &f->side[i];
        mark_thread(p, s->thread);
        mark_thread(p, s->joined);
        mark_holds(p, &p->paths, s->path);
        mark_lock(p, s->held);
        mark_lock(p, s->lock);
        mark_lock(p, s->cond_mutex);
        mark_stack(p, s->stack);
        if (s->holder == 0)
            continue;
        mark_thread(p, s->holder);
        mark_holds(p, &p->paths, pool_thread(p, s->holder)->path);
        pool_thread(p, s->holder)->holds = true;
    }
}

static void mark_wakes(struct pool *p)
{
    for (uint32_t id = 1; id <= p->wakes.count; id++) {
        const struct pool_wake *w = set_at(&p->wakes, id);
        if (!keep_epoch(p, w->epoch))
            continue;
        mark_lock(p, w->lock);
        mark_holds(p, &p->paths, w->path);
        mark_stack(p, w->stack);
        pool_epoch(p, w->epoch)->marked = true;
        for (int i = 0; i < WAKE_HELD; i++)
            mark_lock(p, w->held[i].lock);
    }
}

bool keep_mark(struct pool *p)
{
    if (!choose_runs(p))
        return false;
    for (uint32_t id = 1; id <= p->acquisitions.count; id++) {
        const struct pool_acquisition *t = set_at(&p->acquisitions, id);
        if (!keep_epoch(p, t->epoch))
            continue;
        mark_holds(p, &p->nodes, t->node);
        pool_epoch(p, t->epoch)->marked = true;
    }
    for (uint32_t id = 1; id <= p->findings.count; id++)
        mark_finding(p, pool_finding(p, id));
    mark_wakes(p);
    mark_epochs(p);
    for (uint32_t id = 1; id <= p->locks.count; id++)
        if (!pool_lock(p, id)->anonymous) /* so that what is known of them is kept */
            mark_lock(p, id);
    for (uint32_t id = 1; id <= p->posts.count; id++) {
        const struct pool_post *post = set_at(&p->posts, id);
        if (!keep_thread(p, post->thread))
            continue;
        mark_lock(p, post->lock);
        mark_thread(p, post->thread);
    }
    return true;
}
