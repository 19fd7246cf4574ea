#include "analyzer/merge/keep.h"

#include <stdlib.h>

/* --- what runs show --- */

/* Something that a run has shown; the same key in each run that has. */
struct fact {
    struct key key;
    uint32_t run;
};

struct facts {
    const struct pool *pool;
    struct fact *item;
    size_t count, room;
};

static bool add_fact(struct facts *f, struct key key, uint32_t run)
{
    if (f->count == f->room) {
        size_t room = f->room == 0 ? 1024 : f->room * 2;
        struct fact *more = realloc(f->item, room * sizeof *more);
        if (more == NULL)
            return false;
        f->item = more;
        f->room = room;
    }
    f->item[f->count++] = (struct fact){key, run};
    return true;
}

static int by_key_and_run(const void *a, const void *b, void *context)
{
    const struct fact *x = a, *y = b;
    int d = key_compare(x->key, y->key);
    return d != 0 ? d : pool_compare_runs(context, x->run, y->run);
}

/* Of the runs that show a fact, the first ones. */
static void keep_first(struct facts *f)
{
    const struct pool *p = f->pool;
    if (f->count > 1)
        qsort_r(f->item, f->count, sizeof *f->item, by_key_and_run, (void *)(uintptr_t)p);
    for (size_t i = 0, runs = 0; i < f->count; i++) {
        bool same = i > 0 && key_compare(f->item[i].key, f->item[i - 1].key) == 0;
        if (!same)
            runs = 0;
        if (!same || f->item[i].run != f->item[i - 1].run)
            runs++;
        if (runs <= KEEP_RUNS)
            pool_run(p, f->item[i].run)->kept = true;
    }
}

/* Which sort of thread, and when in its program's life. */
static struct key add_actor(struct key key, const struct pool_thread *t, uint32_t phase)
{
    uint32_t joins = phase / PHASE_ALL_JOINED;
    key = key_number(key, t->line);
    return key_number(key, (joins > 1 ? 2 : joins) << 3 | (phase % PHASE_ALL_JOINED == 0) << 2 | phase % PHASE_STEP);
}

/* A node by what is told of it from run to run: locks without a name by where they come from. */
static struct key *classes_of(const struct pool *p)
{
    struct key *class = calloc((size_t)p->nodes.count + 1, sizeof *class);
    for (uint32_t id = 1; class != NULL && id <= p->nodes.count; id++) {
        const struct pool_node *n = pool_node(p, id);
        struct key key = key_join(key_begin("class"), class[n->parent]);
        key = key_number(key_join(key, pool_lock(p, n->lock)->class), n->how);
        class[id] = key_number(key, n->stack == 0 ? 0 : pool_stack_at(p, n->stack)->named);
    }
    return class;
}

static bool add_acquisitions(struct facts *f)
{
    const struct pool *p = f->pool;
    struct key *class = classes_of(p);
    bool good = class != NULL;
    for (uint32_t id = 1; good && id <= p->acquisitions.count; id++) {
        const struct pool_acquisition *t = set_at(&p->acquisitions, id);
        const struct pool_epoch *e = pool_epoch(p, t->epoch);
        const struct pool_thread *who = pool_thread(p, e->thread);
        struct key key = key_join(key_begin("taking"), class[t->node]);
        good = add_fact(f, add_actor(key, who, e->phase), who->run);
    }
    free(class);
    return good;
}

/* Locks with which a thread woke others, by what it had taken. */
static bool add_wakes(struct facts *f)
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
        if (!add_fact(f, add_actor(key_join(key, held), who, e->phase), who->run))
            return false;
    }
    for (uint32_t id = 1; id <= p->posts.count; id++) {
        const struct pool_post *post = set_at(&p->posts, id);
        const struct pool_thread *who = pool_thread(p, post->thread);
        struct key key = key_join(key_begin("post"), pool_lock(p, post->lock)->class);
        if (!add_fact(f, key_number(key, who->line), who->run))
            return false;
    }
    return true;
}

/* --- runs that show two locks in both orders: what they say of these counts most --- */

struct order {
    uint32_t low, high, run;
    bool up; /* the lock of the higher id under the other */
};

struct orders {
    struct order *item;
    size_t count, room;
};

static int by_locks(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->run != y->run)
        return x->run < y->run ? -1 : 1;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    if (x->high != y->high)
        return x->high < y->high ? -1 : 1;
    return x->up - y->up;
}

static bool add_order(struct orders *o, uint32_t held, uint32_t wanted, uint32_t run)
{
    if (o->count == o->room) {
        size_t room = o->room == 0 ? 1024 : o->room * 2;
        struct order *more = realloc(o->item, room * sizeof *more);
        if (more == NULL)
            return false;
        o->item = more;
        o->room = room;
    }
    bool up = wanted > held;
    o->item[o->count++] = (struct order){up ? held : wanted, up ? wanted : held, run, up};
    return true;
}

static bool find_orders(const struct pool *p, struct orders *o)
{
    enum { OUTWARDS = 64 }; /* nodes on the way up that are looked at */
    for (uint32_t id = 1; id <= p->acquisitions.count; id++) {
        const struct pool_acquisition *t = set_at(&p->acquisitions, id);
        const struct pool_node *n = pool_node(p, t->node);
        uint32_t run = pool_thread(p, pool_epoch(p, t->epoch)->thread)->run, at = n->parent;
        if (pool_lock(p, n->lock)->own)
            continue;
        for (int i = 0; at != 0 && i < OUTWARDS; at = pool_node(p, at)->parent, i++) {
            uint32_t held = pool_node(p, at)->lock;
            if (held != n->lock && !pool_lock(p, held)->own && !add_order(o, held, n->lock, run))
                return false;
        }
    }
    return true;
}

static bool add_inversions(struct facts *f)
{
    struct orders o = {0};
    bool good = find_orders(f->pool, &o);
    if (o.count > 1)
        qsort(o.item, o.count, sizeof *o.item, by_locks);
    for (size_t i = 1; good && i < o.count; i++) {
        const struct order *a = &o.item[i - 1], *b = &o.item[i];
        if (a->run != b->run || a->low != b->low || a->high != b->high || a->up == b->up)
            continue;
        struct key low = pool_key(&f->pool->locks, a->low), high = pool_key(&f->pool->locks, a->high);
        bool swap = key_compare(low, high) > 0;
        struct key key = key_join(key_join(key_begin("both"), swap ? high : low), swap ? low : high);
        good = add_fact(f, key, a->run);
    }
    free(o.item);
    return good;
}

static bool choose_runs(struct pool *p)
{
    struct facts f = {.pool = p};
    bool good = add_acquisitions(&f) && add_wakes(&f) && add_inversions(&f);
    if (good)
        keep_first(&f);
    for (uint32_t id = 1; id <= p->findings.count; id++)
        if (pool_finding(p, id)->run != 0)
            pool_run(p, pool_finding(p, id)->run)->kept = true;
    free(f.item);
    return good;
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

static void mark_node(struct pool *p, uint32_t id)
{
    for (; id != 0 && !pool_node(p, id)->marked; id = pool_node(p, id)->parent) {
        pool_node(p, id)->marked = true;
        mark_lock(p, pool_node(p, id)->lock);
        mark_stack(p, pool_node(p, id)->stack);
    }
}

static void mark_path(struct pool *p, uint32_t id)
{
    for (; id != 0 && !pool_path(p, id)->marked; id = pool_path(p, id)->parent) {
        pool_path(p, id)->marked = true;
        mark_lock(p, pool_path(p, id)->lock);
        mark_stack(p, pool_path(p, id)->stack);
    }
}

static void mark_thread(struct pool *p, uint32_t id)
{
    if (id != 0)
        pool_thread(p, id)->marked = true;
}

/* Those before it were made first. */
static void mark_epochs(struct pool *p)
{
    for (uint32_t id = p->epochs.count; id > 0; id--) {
        const struct pool_epoch *e = pool_epoch(p, id);
        if (!e->marked)
            continue;
        mark_thread(p, e->thread);
        const uint32_t before[] = {e->before, e->joined[0], e->joined[1]};
        for (int i = 0; i < 3; i++)
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
        mark_path(p, s->path);
        mark_lock(p, s->held);
        mark_lock(p, s->lock);
        mark_lock(p, s->cond_mutex);
        mark_stack(p, s->stack);
        if (s->holder == 0)
            continue;
        mark_thread(p, s->holder);
        mark_path(p, pool_thread(p, s->holder)->path);
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
        mark_path(p, w->path);
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
        mark_node(p, t->node);
        pool_epoch(p, t->epoch)->marked = true;
    }
    for (uint32_t id = 1; id <= p->findings.count; id++)
        mark_finding(p, pool_finding(p, id));
    mark_wakes(p);
    mark_epochs(p);
    for (uint32_t id = 1; id <= p->locks.count; id++)
        if (!pool_lock(p, id)->own) /* what is known of these by now is not to be learned again */
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
