#include "analyzer/merge/write.h"

#include "analyzer/merge/keep.h"
#include "analyzer/merge/writing.h"
#include "record/path.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Addresses that no process has: for files, and for locks that are in none. */
static const uint64_t FILES = 1ull << 48, LOCKS = 1ull << 62;

uint32_t writing_text(struct writing *w, uint32_t text)
{
    struct pool_text *t = set_at(&w->pool->texts, text);
    if (text == 0)
        return 0;
    if (t->id == 0 && !w->to->failed) {
        t->id = record_add_text(&w->to->record, t->text, strlen(t->text));
        w->to->failed |= t->id == 0;
    }
    return t->id;
}

void writing_all(struct writing *w, const struct set *s, set_order *order, void (*write)(struct writing *w, void *item))
{
    uint32_t *id = set_sorted(s, order, w->pool);
    w->to->failed |= id == NULL;
    for (uint32_t i = 0; i < s->count && !w->to->failed; i++)
        write(w, set_at(s, id[i]));
    free(id);
}

/* --- runs, files, stacks --- */

static int order_runs(const void *a, const void *b, void *context)
{
    const struct pool_run *x = a, *y = b;
    const struct pool *p = context;
    return pool_compare_runs(p, set_find(&p->runs, x->key), set_find(&p->runs, y->key));
}

static void write_run(struct writing *w, void *item)
{
    struct pool_run *r = item;
    struct merged_run *to = record_writer_add(w->to, TABLE_RUNS, &r->id);
    if (to == NULL)
        return;
    *to = r->run;
    to->reserved = 0;
    to->executable = writing_text(w, r->executable);
}

static int order_modules(const void *a, const void *b, void *context)
{
    const struct pool_module *x = a, *y = b;
    return pool_compare_texts(context, x->name, y->name);
}

static void write_module(struct writing *w, void *item)
{
    static const uint64_t apart = 1 << 21;
    struct pool_module *m = item;
    struct module *to = record_writer_add(w->to, TABLE_MODULES, &m->id);
    const struct module *last = m->id <= 1 ? NULL : record_item(&w->to->record, TABLE_MODULES, m->id - 1);
    if (to == NULL)
        return;
    uint64_t from = last == NULL ? FILES : (last->end / apart + 2) * apart;
    m->bias = from - m->low / apart * apart;
    *to = (struct module){.start = m->bias + m->low, .end = m->bias + m->high, .bias = m->bias};
    to->path = writing_text(w, m->path);
    to->build_id_size = m->build_id_size;
    memcpy(to->build_id, m->build_id, m->build_id_size);
}

static void write_stack(struct writing *w, void *item)
{
    struct pool_stack *s = item;
    uint32_t first;
    if (!s->marked)
        return;
    uint64_t *frame = record_writer_add_items(w->to, TABLE_FRAMES, s->depth, &first);
    struct stack *to = frame == NULL ? NULL : record_writer_add(w->to, TABLE_STACKS, &s->id);
    if (to == NULL)
        return;
    for (uint32_t i = 0; i < s->depth; i++)
        frame[i] = writing_address(w, w->pool->frame[s->first + i]);
    *to = (struct stack){.first = first, .depth = s->depth, .place_key = s->place_key};
}

/* --- locks --- */

static int order_locks(const void *a, const void *b, void *context)
{
    const struct pool_lock *x = a, *y = b;
    return pool_compare_texts(context, x->known_as, y->known_as);
}

static void write_lock(struct writing *w, void *item)
{
    struct pool_lock *l = item;
    if (!l->marked)
        return;
    struct lock *to = record_writer_add(w->to, TABLE_LOCKS, &l->id);
    if (to == NULL)
        return;
    bool placed = l->address.module != 0;
    l->written_at = placed ? writing_address(w, l->address) : LOCKS + (uint64_t)l->id * 64;
    to->address = l->written_at;
    to->site = writing_address(w, l->site);
    to->created = writing_stack(w, l->created);
    to->first_use = writing_stack(w, l->first_use);
    to->kind = l->kind;
    to->traits = l->traits | TRAIT_REFERENCED | (l->alive ? 0 : TRAIT_ENDED);
    to->value = l->value;
    to->name = writing_text(w, l->name);
    to->known_as = writing_text(w, l->known_as);
}

/* --- holds --- */

static int order_holds(const void *a, const void *b, void *context)
{
    const struct pool_hold *x = a, *y = b;
    (void)context;
    return key_compare_numbers(x->depth, y->depth);
}

static void write_hold(struct writing *w, struct pool_hold *h, uint32_t parent)
{
    struct hold *to = record_writer_add(w->to, TABLE_HOLDS, &h->id);
    if (to == NULL)
        return;
    to->address = pool_lock(w->pool, h->lock)->written_at;
    to->parent = parent;
    to->lock = writing_lock(w, h->lock);
    to->stack = writing_stack(w, h->stack);
    to->how = h->how & 0xff;
    to->depth = h->depth & 0xffffff;
    to->count = h->count;
}

static void write_node(struct writing *w, void *item)
{
    struct pool_hold *n = item;
    if (n->marked)
        write_hold(w, n, n->parent == 0 ? 0 : pool_node(w->pool, n->parent)->id);
}

/* A path whose whole stacks are those of a node is that node. */
static void write_path(struct writing *w, void *item)
{
    struct pool_hold *path = item;
    uint32_t like = set_find(&w->pool->nodes, path->node);
    const struct pool_hold *n = like == 0 ? NULL : pool_node(w->pool, like);
    uint32_t parent = writing_path(w, path->parent);
    uint32_t above = n == NULL || n->parent == 0 ? 0 : pool_node(w->pool, n->parent)->id;
    if (!path->marked)
        return;
    if (n != NULL && n->marked && n->stack == path->stack && above == parent)
        path->id = n->id;
    else
        write_hold(w, path, parent);
}

/* --- the whole --- */

/* The program that all runs are of, by its path, or at least by its name; 0: there are several. */
static uint32_t program_of(struct pool *p)
{
    uint32_t path = p->runs.count == 0 ? 0 : pool_run(p, 1)->executable;
    const char *name = path_base(pool_words(p, path));
    bool same = true;
    for (uint32_t id = 2; id <= p->runs.count; id++) {
        const char *other = pool_words(p, pool_run(p, id)->executable);
        if (strcmp(path_base(other), name) != 0)
            return 0;
        same &= strcmp(other, pool_words(p, path)) == 0;
    }
    return same ? path : pool_text(p, name);
}

static void write_header(struct writing *w)
{
    struct record_header *h = w->to->record.header;
    struct pool *p = w->pool;
    uint32_t program = program_of(p);
    for (uint32_t id = 1; id <= p->runs.count; id++) {
        uint64_t started = pool_run(p, id)->run.started;
        h->started = id == 1 || started < h->started ? started : h->started;
    }
    h->executable = writing_text(w, program);
    h->suppressions = writing_text(w, p->suppressions);
    h->incomplete = p->incomplete;
    h->other_wakers = p->other_wakers;
    h->end = END_MERGED;
}

bool write_pool(struct pool *p, struct record_writer *to)
{
    struct writing w = {p, to};
    if (!keep_mark(p))
        return false;
    writing_all(&w, &p->runs, order_runs, write_run);
    writing_all(&w, &p->modules, order_modules, write_module);
    writing_all(&w, &p->stacks, NULL, write_stack);
    writing_all(&w, &p->locks, order_locks, write_lock);
    writing_all(&w, &p->nodes, order_holds, write_node);
    writing_all(&w, &p->paths, order_holds, write_path);
    writing_actors(&w);
    writing_findings(&w);
    write_header(&w);
    return !to->failed && !p->failed;
}
