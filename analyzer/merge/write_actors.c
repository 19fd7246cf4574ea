#include "analyzer/merge/keep.h"
#include "analyzer/merge/writing.h"

#include <stdlib.h>

/* --- threads --- */

static uint32_t run_of(const struct pool *p, const struct pool_thread *t)
{
    return pool_run(p, t->run)->id;
}

static int order_threads(const void *a, const void *b, void *context)
{
    const struct pool_thread *x = a, *y = b;
    int d = key_compare_numbers(run_of(context, x), run_of(context, y));
    return d != 0 ? d : key_compare_numbers(x->run_serial, y->run_serial);
}

static void write_thread(struct writing *w, void *item)
{
    struct pool_thread *t = item;
    if (!t->marked)
        return;
    struct thread *to = record_writer_add(w->to, TABLE_THREADS, &t->id);
    if (to == NULL)
        return;
    to->state = t->state;
    to->tid = t->tid;
    to->phase = t->phase;
    to->traits = t->traits;
    to->routine_key = t->routine_key;
    to->routine = writing_address(w, t->routine);
    to->run = run_of(w->pool, t);
    to->run_serial = t->run_serial;
    memcpy(to->name, t->name, sizeof to->name);
    if (!t->holds)
        return;
    to->path = writing_path(w, t->path);
}

static bool is_concurrent(const struct pool *p, uint64_t routine_key)
{
    return set_find(&p->concurrent, key_number(key_begin("routine"), routine_key)) != 0;
}

enum { MAIN = 1 }; /* thread.serial */

/* The first thread of a start routine that was written. */
struct first {
    struct key key;
    uint32_t serial;
};

/*
 * A start routine of which no run had several threads at once has one thread, with one serial, in all runs. So has the
 * main thread of a program; that of the first program gets the serial of main threads.
 */
static void number_threads(struct writing *w)
{
    struct set routines = SET_OF(struct first);
    uint32_t used = record_used(&w->to->record, TABLE_THREADS), serials = MAIN;
    bool has_main = false;
    for (uint32_t id = 1; id < used; id++) {
        struct thread *t = record_thread(&w->to->record, id);
        bool fresh, one = t->routine_key != 0 && !is_concurrent(w->pool, t->routine_key);
        uint32_t routine = one ? set_add(&routines, key_number(key_begin("routine"), t->routine_key), &fresh) : 0;
        struct first *first = routine == 0 ? NULL : set_at(&routines, routine);
        bool main = t->run_serial == MAIN && !has_main;
        w->to->failed |= one && first == NULL;
        if (first != NULL && !fresh)
            t->serial = first->serial;
        else
            t->serial = main ? MAIN : ++serials;
        if (first != NULL)
            first->serial = t->serial;
        has_main |= main;
    }
    set_free(&routines);
    for (uint32_t id = 1; id <= w->pool->threads.count; id++) {
        struct pool_thread *t = pool_thread(w->pool, id);
        t->serial = t->id == 0 || w->to->failed ? 0 : record_thread(&w->to->record, t->id)->serial;
    }
}

static int by_routine_key(const void *a, const void *b, void *context)
{
    const struct pool_concurrent *x = a, *y = b;
    (void)context;
    return key_compare_numbers(x->routine_key, y->routine_key);
}

/* No thread: it says that the start routine had several at once. */
static void write_concurrent(struct writing *w, void *item)
{
    const struct pool_concurrent *l = item;
    uint32_t id;
    struct thread *to = record_writer_add(w->to, TABLE_THREADS, &id);
    if (to == NULL)
        return;
    to->state = THREAD_NONE;
    to->traits = THREAD_CONCURRENT;
    to->routine_key = l->routine_key;
}

/* --- epochs --- */

static int order_epochs(const void *a, const void *b, void *context)
{
    const struct pool_epoch *x = a, *y = b;
    const struct pool *p = context;
    const struct pool_thread *s = pool_thread(p, x->thread), *t = pool_thread(p, y->thread);
    int d = key_compare_numbers(run_of(p, s), run_of(p, t));
    d = d != 0 ? d : key_compare_numbers(x->level, y->level);
    d = d != 0 ? d : key_compare_numbers(s->run_serial, t->run_serial);
    return d != 0 ? d : key_compare_numbers(x->index, y->index);
}

static uint32_t epoch_id(struct writing *w, uint32_t epoch)
{
    return epoch == 0 ? 0 : pool_epoch(w->pool, epoch)->id;
}

static void write_epoch(struct writing *w, void *item)
{
    struct pool_epoch *e = item;
    if (!e->marked)
        return;
    const struct pool_thread *t = pool_thread(w->pool, e->thread);
    const bool point = t->run_serial == 0;
    struct epoch *to = record_writer_add(w->to, TABLE_EPOCHS, &e->id);
    if (to == NULL)
        return;
    *to = (struct epoch){.serial = point ? 0 : t->serial,
                         .thread = point ? epoch_id(w, e->object) : t->id,
                         .before = epoch_id(w, e->before),
                         .joined = {epoch_id(w, e->joined[0]), epoch_id(w, e->joined[1])},
                         .tid = e->tid,
                         .phase = e->phase,
                         .run = run_of(w->pool, t)};
    to->routine = point ? e->index : writing_address(w, e->routine);
    memcpy(to->name, e->name, sizeof to->name);
}

/* --- acquisitions --- */

/* An acquisition in the list of its hold. By rank: the first ones of every run come first, as readers stop after some.
 */
struct listed {
    uint32_t hold, run, epoch;
    uint32_t rank; /* number of those of the same run before it */
};

static int by_run(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int d = key_compare_numbers(x->hold, y->hold);
    d = d != 0 ? d : key_compare_numbers(x->run, y->run);
    return d != 0 ? d : key_compare_numbers(x->epoch, y->epoch);
}

static int by_rank(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int d = key_compare_numbers(x->hold, y->hold);
    d = d != 0 ? d : key_compare_numbers(x->rank, y->rank);
    return d != 0 ? d : by_run(a, b);
}

/* A list begins with its newest item. */
static void write_acquisitions(struct writing *w)
{
    const struct pool *p = w->pool;
    struct listed *all = calloc((size_t)p->acquisitions.count + 1, sizeof *all);
    size_t count = 0;
    w->to->failed |= all == NULL;
    for (uint32_t id = 1; all != NULL && id <= p->acquisitions.count; id++) {
        const struct pool_acquisition *t = set_at(&p->acquisitions, id);
        const struct pool_epoch *e = pool_epoch(p, t->epoch);
        if (keep_epoch(p, t->epoch))
            all[count++] = (struct listed){pool_node(p, t->node)->id, run_of(p, pool_thread(p, e->thread)), e->id, 0};
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
        struct acquisition *to = record_writer_add(w->to, TABLE_ACQUISITIONS, &id);
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
    int d = key_compare_numbers(pool_lock(p, x->lock)->id, pool_lock(p, y->lock)->id);
    return d != 0 ? d : key_compare_numbers(pool_epoch(p, x->epoch)->id, pool_epoch(p, y->epoch)->id);
}

static int by_lock(const void *a, const void *b)
{
    const struct wake_held *x = a, *y = b;
    return key_compare_numbers(x->lock, y->lock);
}

static void write_wake(struct writing *w, void *item)
{
    const struct pool_wake *from = item;
    struct wake *to = NULL;
    uint32_t id;
    if (!keep_epoch(w->pool, from->epoch) || (to = record_writer_add(w->to, TABLE_WAKES, &id)) == NULL)
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
    int d = key_compare_numbers(pool_lock(p, x->lock)->id, pool_lock(p, y->lock)->id);
    return d != 0 ? d : key_compare_numbers(pool_thread(p, x->thread)->id, pool_thread(p, y->thread)->id);
}

static void write_post(struct writing *w, void *item)
{
    const struct pool_post *from = item;
    struct lock *l = record_lock(&w->to->record, writing_lock(w, from->lock));
    const struct pool_thread *t = pool_thread(w->pool, from->thread);
    struct post *to = NULL;
    uint32_t id;
    if (!keep_thread(w->pool, from->thread) || (to = record_writer_add(w->to, TABLE_POSTS, &id)) == NULL)
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
    writing_all(w, &p->concurrent, by_routine_key, write_concurrent);
    writing_all(w, &p->epochs, order_epochs, write_epoch);
    if (!w->to->failed)
        write_acquisitions(w);
    writing_all(w, &p->wakes, order_wakes, write_wake);
    writing_all(w, &p->posts, order_posts, write_post);
}
