#include "analyzer/merge/keep.h"
#include "analyzer/merge/writing.h"

#include <stdlib.h>

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* --- threads --- */

static uint32_t run_of(const struct pool *p, const struct pool_thread *t)
{
    return pool_run(p, t->run)->id;
}

static int order_threads(const void *a, const void *b, void *context)
{
    const struct pool_thread *x = a, *y = b;
    int d = compare(run_of(context, x), run_of(context, y));
    return d != 0 ? d : compare(x->origin, y->origin);
}

static void write_thread(struct writing *w, void *item)
{
    struct pool_thread *t = item;
    if (!t->marked)
        return;
    struct thread *to = writer_add(w->to, TABLE_THREADS, &t->id);
    if (to == NULL)
        return;
    to->state = t->state;
    to->tid = t->tid;
    to->phase = t->phase;
    to->traits = t->traits;
    to->routine_key = t->line;
    to->routine = writing_address(w, t->routine);
    to->run = run_of(w->pool, t);
    to->run_serial = t->origin;
    memcpy(to->name, t->name, sizeof to->name);
    if (!t->holds)
        return;
    to->path = writing_path(w, t->path);
    const struct hold *h = record_hold(&w->to->record, to->path);
    to->outer = h == NULL ? 0 : h->address;
}

static bool is_many(const struct pool *p, uint64_t line)
{
    return set_find(&p->lines, key_number(key_begin("line"), line)) != 0;
}

enum { MAIN = 1 }; /* thread.serial */

/* The first thread of a line that was written. */
struct first {
    struct key key;
    uint32_t serial;
};

/*
 * Where there was never more than one thread of a routine at a time, it is one thread, in whichever run. The main
 * thread always is; that of the first program has the number that main threads have.
 */
static void number_threads(struct writing *w)
{
    struct set lines = SET_OF(struct first);
    uint32_t used = record_used(&w->to->record, TABLE_THREADS), serials = MAIN;
    bool has_main = false;
    for (uint32_t id = 1; id < used; id++) {
        struct thread *t = record_thread(&w->to->record, id);
        bool fresh, one = t->routine_key != 0 && !is_many(w->pool, t->routine_key);
        uint32_t line = one ? set_add(&lines, key_number(key_begin("line"), t->routine_key), &fresh) : 0;
        w->to->failed |= one && line == 0;
        bool main = t->run_serial == MAIN && !has_main;
        if (line != 0 && !fresh)
            t->serial = ((struct first *)set_at(&lines, line))->serial;
        else
            t->serial = main ? MAIN : ++serials;
        if (line != 0)
            ((struct first *)set_at(&lines, line))->serial = t->serial;
        has_main |= main;
    }
    set_free(&lines);
    for (uint32_t id = 1; id <= w->pool->threads.count; id++) {
        struct pool_thread *t = pool_thread(w->pool, id);
        t->serial = t->id == 0 || w->to->failed ? 0 : record_thread(&w->to->record, t->id)->serial;
    }
}

static int by_line(const void *a, const void *b, void *context)
{
    const struct pool_line *x = a, *y = b;
    (void)context;
    return compare(x->line, y->line);
}

/* No thread, but what is known of a routine. */
static void write_line(struct writing *w, void *item)
{
    const struct pool_line *l = item;
    uint32_t id;
    struct thread *to = writer_add(w->to, TABLE_THREADS, &id);
    if (to == NULL)
        return;
    to->state = THREAD_NONE;
    to->traits = THREAD_CONCURRENT;
    to->routine_key = l->line;
}

/* --- epochs --- */

static int order_epochs(const void *a, const void *b, void *context)
{
    const struct pool_epoch *x = a, *y = b;
    const struct pool *p = context;
    const struct pool_thread *s = pool_thread(p, x->thread), *t = pool_thread(p, y->thread);
    int d = compare(run_of(p, s), run_of(p, t));
    d = d != 0 ? d : compare(x->level, y->level);
    d = d != 0 ? d : compare(s->origin, t->origin);
    return d != 0 ? d : compare(x->index, y->index);
}

static uint32_t epoch_id(const struct writing *w, uint32_t epoch)
{
    return epoch == 0 ? 0 : pool_epoch(w->pool, epoch)->id;
}

static void write_epoch(struct writing *w, void *item)
{
    struct pool_epoch *e = item;
    if (!e->marked)
        return;
    const struct pool_thread *t = pool_thread(w->pool, e->thread);
    struct epoch *to = writer_add(w->to, TABLE_EPOCHS, &e->id);
    if (to == NULL)
        return;
    *to = (struct epoch){.serial = t->serial,
                         .thread = t->id,
                         .before = epoch_id(w, e->before),
                         .joined = {epoch_id(w, e->joined[0]), epoch_id(w, e->joined[1])},
                         .tid = e->tid,
                         .phase = e->phase,
                         .run = run_of(w->pool, t)};
    to->routine = writing_address(w, e->routine);
    memcpy(to->name, e->name, sizeof to->name);
}

/* --- acquisitions --- */

/* `rank`: of how many in its run it is the last. The first ones of every run come first: nobody looks at very many. */
struct recent_lock {
    uint32_t hold, run, epoch, rank;
};

static int by_run(const void *a, const void *b)
{
    const struct recent_lock *x = a, *y = b;
    int d = compare(x->hold, y->hold);
    d = d != 0 ? d : compare(x->run, y->run);
    return d != 0 ? d : compare(x->epoch, y->epoch);
}

static int by_rank(const void *a, const void *b)
{
    const struct recent_lock *x = a, *y = b;
    int d = compare(x->hold, y->hold);
    d = d != 0 ? d : compare(x->rank, y->rank);
    return d != 0 ? d : by_run(a, b);
}

/* A list begins with its newest item. */
static void write_acquisitions(struct writing *w)
{
    const struct pool *p = w->pool;
    struct recent_lock *all = calloc((size_t)p->acquisitions.count + 1, sizeof *all);
    size_t count = 0;
    w->to->failed |= all == NULL;
    for (uint32_t id = 1; all != NULL && id <= p->acquisitions.count; id++) {
        const struct pool_acquisition *t = set_at(&p->acquisitions, id);
        const struct pool_epoch *e = pool_epoch(p, t->epoch);
        if (keep_epoch(p, t->epoch))
            all[count++] =
                (struct recent_lock){pool_node(p, t->node)->id, run_of(p, pool_thread(p, e->thread)), e->id, 0};
    }
    if (count > 1)
        qsort(all, count, sizeof *all, by_run);
    for (size_t i = 1; i < count; i++)
        if (all[i].hold == all[i - 1].hold && all[i].run == all[i - 1].run)
            all[i].rank = all[i - 1].rank + 1;
    if (count > 1)
        qsort(all, count, sizeof *all, by_rank);
    while (count-- > 0) {
        uint32_t id;
        struct acquisition *to = writer_add(w->to, TABLE_ACQUISITIONS, &id);
        struct hold *h = to == NULL ? NULL : record_hold(&w->to->record, all[count].hold);
        if (h == NULL)
            break;
        *to = (struct acquisition){.epoch = all[count].epoch, .next = h->first_acquisition};
        h->first_acquisition = id;
    }
    free(all);
}

/* --- wakes and posts --- */

static int order_wakes(const void *a, const void *b, void *context)
{
    const struct pool_wake *x = a, *y = b;
    const struct pool *p = context;
    int d = compare(pool_lock(p, x->lock)->id, pool_lock(p, y->lock)->id);
    return d != 0 ? d : compare(pool_epoch(p, x->epoch)->id, pool_epoch(p, y->epoch)->id);
}

static int by_lock(const void *a, const void *b)
{
    const struct wake_held *x = a, *y = b;
    return compare(x->lock, y->lock);
}

static void write_wake(struct writing *w, void *item)
{
    const struct pool_wake *from = item;
    struct wake *to = NULL;
    uint32_t id;
    if (!keep_epoch(w->pool, from->epoch) || (to = writer_add(w->to, TABLE_WAKES, &id)) == NULL)
        return;
    struct lock *l = record_lock(&w->to->record, writing_lock(w, from->lock));
    *to = (struct wake){.lock = writing_lock(w, from->lock), .next = l->first_wake, .epoch = epoch_id(w, from->epoch)};
    to->path = writing_path(w, from->path);
    to->stack = writing_stack(w, from->stack);
    to->times = from->times;
    to->waited = from->waited;
    for (int i = 0; i < WAKE_HELD; i++) {
        to->held[i].lock = writing_lock(w, from->held[i].lock);
        to->held[i].how = (uint16_t)from->held[i].how;
    }
    qsort(to->held, WAKE_HELD, sizeof to->held[0], by_lock);
    l->first_wake = id;
}

static int order_posts(const void *a, const void *b, void *context)
{
    const struct pool_post *x = a, *y = b;
    const struct pool *p = context;
    int d = compare(pool_lock(p, x->lock)->id, pool_lock(p, y->lock)->id);
    return d != 0 ? d : compare(pool_thread(p, x->thread)->id, pool_thread(p, y->thread)->id);
}

static void write_post(struct writing *w, void *item)
{
    const struct pool_post *from = item;
    struct lock *l = record_lock(&w->to->record, writing_lock(w, from->lock));
    const struct pool_thread *t = pool_thread(w->pool, from->thread);
    struct post *to = NULL;
    uint32_t id;
    if (!keep_thread(w->pool, from->thread) || (to = writer_add(w->to, TABLE_POSTS, &id)) == NULL)
        return;
    *to = (struct post){.lock = writing_lock(w, from->lock), .next = l->first_post, .thread = t->id};
    to->serial = t->serial;
    l->first_post = id;
}

void writing_actors(struct writing *w)
{
    struct pool *p = w->pool;
    writing_all(w, &p->threads, order_threads, write_thread);
    number_threads(w);
    writing_all(w, &p->lines, by_line, write_line);
    writing_all(w, &p->epochs, order_epochs, write_epoch);
    if (!w->to->failed)
        write_acquisitions(w);
    writing_all(w, &p->wakes, order_wakes, write_wake);
    writing_all(w, &p->posts, order_posts, write_post);
}
