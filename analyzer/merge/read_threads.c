#include "analyzer/merge/reader.h"

#include <stdlib.h>

enum { MAIN = 1 }; /* thread.serial */

/* --- threads --- */

/* What a record says of one of its threads, in its slot or where it did something. */
struct told {
    uint32_t run, origin, tid, phase, traits, state;
    uint64_t line, routine;
    const char *name;
};

static void greater(uint32_t *value, uint32_t other)
{
    *value = other > *value ? other : *value;
}

static uint32_t add_thread(struct reader *r, const struct told *t)
{
    struct pool *p = r->pool;
    bool fresh;
    struct pool_place routine = reader_place(r, t->routine);
    if (t->run == 0)
        return 0;
    struct key key = key_number(key_join(key_begin("thread"), pool_key(&p->runs, t->run)), t->origin);
    uint32_t id = pool_add(p, &p->threads, key, &fresh);
    if (id == 0)
        return 0;
    struct pool_thread *to = pool_thread(p, id);
    to->run = t->run;
    to->origin = t->origin;
    to->line = t->line > to->line ? t->line : to->line;
    to->traits |= t->traits;
    greater(&to->tid, t->tid);
    greater(&to->phase, t->phase);
    greater(&to->state, t->state);
    pool_lesser_place(p, &to->routine, routine);
    if (memcmp(t->name, to->name, sizeof to->name) > 0)
        memcpy(to->name, t->name, sizeof to->name);
    return id;
}

static uint64_t line_of(struct reader *r, uint32_t serial, uint64_t routine)
{
    struct key key = key_text(key_begin("line"), r->program);
    if (serial != MAIN && routine == 0)
        return 0;
    return key_number(key, serial == MAIN ? 0 : reader_named(r, routine, false)).a | 1;
}

static const char no_name[16];

static struct told told_by_slot(struct reader *r, const struct thread *t)
{
    const uint32_t of_now = THREAD_ASLEEP | THREAD_CONCURRENT;
    struct told told = {.tid = t->tid,
                        .phase = t->serial == MAIN ? 0 : t->phase,
                        .traits = t->traits & ~of_now,
                        .state =
                            t->state == THREAD_RUNNING || t->state == THREAD_STARTING ? THREAD_RUNNING : THREAD_ENDED,
                        .routine = t->routine,
                        .name = t->name};
    if (r->merged) {
        uint32_t *run = reader_map(r, r->runs, TABLE_RUNS, t->run);
        told.run = run == NULL ? 0 : *run;
        told.origin = t->run_serial;
        told.line = t->routine_key;
    } else {
        told.run = r->run;
        told.origin = t->serial;
        told.line = line_of(r, t->serial, t->routine);
    }
    return told;
}

uint32_t reader_thread(struct reader *r, uint32_t id, uint32_t serial)
{
    const struct thread *t = record_thread(r->record, id);
    if (t != NULL && t->serial == serial && serial != 0) {
        struct told told = told_by_slot(r, t);
        return add_thread(r, &told);
    }
    if (serial == 0 || r->merged)
        return 0;
    struct told gone = {.run = r->run, .origin = serial, .line = line_of(r, serial, 0), .name = no_name};
    gone.state = THREAD_ENDED;
    return add_thread(r, &gone);
}

/* An epoch tells of a thread whose slot may be another's by now. */
static uint32_t thread_of_epoch(struct reader *r, const struct epoch *e)
{
    const struct thread *t = record_thread(r->record, e->thread);
    if (t != NULL && t->serial == e->serial) {
        uint32_t id = reader_thread(r, e->thread, e->serial);
        if (id != 0)
            greater(&pool_thread(r->pool, id)->tid, e->tid);
        return id;
    }
    if (r->merged || e->serial == 0)
        return 0;
    struct told told = {.run = r->run,
                        .origin = e->serial,
                        .tid = e->tid,
                        .phase = e->serial == MAIN ? 0 : e->phase,
                        .state = THREAD_ENDED,
                        .line = line_of(r, e->serial, e->routine),
                        .routine = e->routine,
                        .name = e->name};
    return add_thread(r, &told);
}

/* --- routines of which there were several at once --- */

struct seen_line {
    uint64_t line;
    uint32_t slot, serial;
};

static int by_line(const void *a, const void *b)
{
    const struct seen_line *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static void add_line(struct reader *r, uint64_t line)
{
    bool fresh;
    uint32_t id = pool_add(r->pool, &r->pool->lines, key_number(key_begin("line"), line), &fresh);
    if (fresh)
        ((struct pool_line *)set_at(&r->pool->lines, id))->line = line;
}

/* A slot is used again when its thread is gone: who had another one was there beside it. */
static bool read_lines(struct reader *r)
{
    uint32_t threads = record_used(r->record, TABLE_THREADS), epochs = record_used(r->record, TABLE_EPOCHS);
    struct seen_line *seen = calloc((size_t)threads + epochs + 1, sizeof *seen);
    size_t count = 0;
    if (seen == NULL)
        return false;
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(r->record, id);
        uint64_t line = r->merged ? t->routine_key : line_of(r, t->serial, t->routine);
        if (r->merged && (t->traits & THREAD_CONCURRENT) != 0)
            add_line(r, line);
        else if (!r->merged && t->serial > MAIN && line != 0)
            seen[count++] = (struct seen_line){line, id, t->serial};
    }
    for (uint32_t id = 1; id < epochs && !r->merged; id++) {
        const struct epoch *e = record_item(r->record, TABLE_EPOCHS, id);
        uint64_t line = line_of(r, e->serial, e->routine);
        if (e->serial > MAIN && line != 0)
            seen[count++] = (struct seen_line){line, e->thread, e->serial};
    }
    if (count > 1)
        qsort(seen, count, sizeof *seen, by_line);
    for (size_t i = 1, first = 0; i < count; i++) {
        first = seen[i].line == seen[first].line ? first : i;
        if (seen[i].slot != seen[first].slot && seen[i].serial != seen[first].serial)
            add_line(r, seen[i].line);
    }
    free(seen);
    return true;
}

/* --- epochs --- */

/* One that comes before: those have lesser ids. */
static uint32_t earlier(const struct reader *r, uint32_t id, uint32_t before)
{
    const uint32_t *known = before < id ? reader_map(r, r->epochs, TABLE_EPOCHS, before) : NULL;
    return known == NULL ? 0 : *known;
}

static uint32_t level_of(const struct pool *p, uint32_t epoch)
{
    return epoch == 0 ? 0 : pool_epoch(p, epoch)->level;
}

static uint32_t add_epoch(struct reader *r, uint32_t number, const struct epoch *e)
{
    struct pool *p = r->pool;
    bool fresh;
    uint32_t thread = thread_of_epoch(r, e);
    uint32_t before = earlier(r, number, e->before);
    uint32_t joined[] = {earlier(r, number, e->joined[0]), earlier(r, number, e->joined[1])};
    struct pool_place routine = reader_place(r, e->routine);
    bool first = before == 0 || pool_epoch(p, before)->thread != thread;
    uint32_t index = first ? 0 : pool_epoch(p, before)->index + 1;
    if (thread == 0)
        return 0;
    struct key key = key_number(key_join(key_begin("epoch"), pool_key(&p->threads, thread)), index);
    uint32_t id = pool_add(p, &p->epochs, key, &fresh);
    if (!fresh) /* the same in another copy of its record */
        return id;
    struct pool_epoch *to = pool_epoch(p, id);
    to->thread = thread;
    to->before = before;
    to->index = index;
    to->tid = e->tid;
    to->phase = e->phase;
    to->routine = routine;
    memcpy(to->joined, joined, sizeof to->joined);
    memcpy(to->name, e->name, sizeof to->name);
    greater(&to->level, 1 + level_of(p, before));
    greater(&to->level, 1 + level_of(p, joined[0]));
    greater(&to->level, 1 + level_of(p, joined[1]));
    return id;
}

bool reader_threads(struct reader *r)
{
    uint32_t used = record_used(r->record, TABLE_EPOCHS);
    for (uint32_t id = 1; id < used; id++)
        r->epochs[id] = add_epoch(r, id, record_item(r->record, TABLE_EPOCHS, id));
    return read_lines(r) && !r->pool->failed;
}
