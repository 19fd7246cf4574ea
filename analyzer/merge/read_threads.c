#include "analyzer/merge/reader.h"

enum { MAIN = 1 }; /* thread.serial */

/* --- threads --- */

/* What a record says of a thread, in its slot or in an epoch. */
struct described {
    uint32_t run, run_serial, tid, phase, traits, state;
    uint64_t routine_key, routine;
    const char *name;
};

static uint32_t add_thread(struct reader *r, const struct described *t)
{
    struct pool *p = r->pool;
    bool fresh;
    struct pool_place routine = reader_place(r, t->routine);
    if (t->run == 0)
        return 0;
    struct key key = key_number(key_join(key_begin("thread"), pool_key(&p->runs, t->run)), t->run_serial);
    uint32_t id = pool_add(p, &p->threads, key, &fresh);
    if (id == 0)
        return 0;
    struct pool_thread *to = pool_thread(p, id);
    to->run = t->run;
    to->run_serial = t->run_serial;
    to->routine_key = t->routine_key > to->routine_key ? t->routine_key : to->routine_key;
    to->traits |= t->traits;
    pool_greater(&to->tid, t->tid);
    pool_greater(&to->phase, t->phase);
    pool_greater(&to->state, t->state);
    pool_lesser_place(p, &to->routine, routine);
    if (memcmp(t->name, to->name, sizeof to->name) > 0)
        memcpy(to->name, t->name, sizeof to->name);
    return id;
}

static uint64_t routine_key_of(struct reader *r, uint32_t serial, uint64_t routine)
{
    struct key key = key_text(key_begin("routine"), r->program);
    if (serial != MAIN && routine == 0)
        return 0;
    return key_number(key, serial == MAIN ? 0 : reader_place_key(r, routine, false)).a | 1;
}

static const char no_name[16];

static struct described described_by_slot(struct reader *r, const struct thread *t)
{
    struct described d = {.tid = t->tid,
                          .phase = t->serial == MAIN ? 0 : t->phase,
                          .traits = t->traits & ~(uint32_t)(THREAD_ASLEEP | THREAD_CONCURRENT),
                          .state =
                              t->state == THREAD_RUNNING || t->state == THREAD_STARTING ? THREAD_RUNNING : THREAD_ENDED,
                          .routine = t->routine,
                          .name = t->name};
    if (r->merged) {
        d.run = reader_known(r, TABLE_RUNS, t->run);
        d.run_serial = t->run_serial;
        d.routine_key = t->routine_key;
    } else {
        d.run = r->run;
        d.run_serial = t->serial;
        d.routine_key = routine_key_of(r, t->serial, t->routine);
    }
    return d;
}

uint32_t reader_thread(struct reader *r, uint32_t id, uint32_t serial)
{
    const struct thread *t = record_thread(r->record, id);
    if (t != NULL && t->serial == serial && serial != 0) {
        struct described d = described_by_slot(r, t);
        return add_thread(r, &d);
    }
    if (serial == 0 || r->merged)
        return 0;
    struct described gone = {.run = r->run,
                             .run_serial = serial,
                             .routine_key = routine_key_of(r, serial, 0),
                             .name = no_name,
                             .state = THREAD_ENDED};
    return add_thread(r, &gone);
}

/* The slot of an epoch's thread may serve another thread by now. */
static uint32_t thread_of_epoch(struct reader *r, const struct epoch *e)
{
    const struct thread *t = record_thread(r->record, e->thread);
    if (t != NULL && t->serial == e->serial) {
        uint32_t id = reader_thread(r, e->thread, e->serial);
        if (id != 0)
            pool_greater(&pool_thread(r->pool, id)->tid, e->tid);
        return id;
    }
    if (r->merged || e->serial == 0)
        return 0;
    struct described d = {.run = r->run,
                          .run_serial = e->serial,
                          .tid = e->tid,
                          .phase = e->serial == MAIN ? 0 : e->phase,
                          .state = THREAD_ENDED,
                          .routine_key = routine_key_of(r, e->serial, e->routine),
                          .routine = e->routine,
                          .name = e->name};
    return add_thread(r, &d);
}

/* --- start routines of which several threads existed at once --- */

struct seen_routine {
    struct key key;
    uint32_t slot;
};

static void add_concurrent(struct reader *r, uint64_t routine_key)
{
    bool fresh;
    uint32_t id = pool_add(r->pool, &r->pool->concurrent, key_number(key_begin("routine"), routine_key), &fresh);
    if (fresh)
        ((struct pool_concurrent *)set_at(&r->pool->concurrent, id))->routine_key = routine_key;
}

/* A slot is used again once its thread has ended, so threads in two slots existed at once. */
static void see_routine(struct reader *r, struct set *seen, uint64_t routine_key, uint32_t slot)
{
    bool fresh;
    uint32_t id = routine_key == 0 ? 0 : pool_add(r->pool, seen, key_number(NO_KEY, routine_key), &fresh);
    struct seen_routine *s = set_at(seen, id);
    if (id != 0 && fresh)
        s->slot = slot;
    else if (id != 0 && s->slot != slot)
        add_concurrent(r, routine_key);
}

static void read_concurrent(struct reader *r)
{
    uint32_t threads = record_used(r->record, TABLE_THREADS), epochs = record_used(r->record, TABLE_EPOCHS);
    struct set seen = SET_OF(struct seen_routine);
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(r->record, id);
        if (r->merged && (t->traits & THREAD_CONCURRENT) != 0)
            add_concurrent(r, t->routine_key);
        else if (!r->merged && t->serial > MAIN)
            see_routine(r, &seen, routine_key_of(r, t->serial, t->routine), id);
    }
    for (uint32_t id = 1; id < epochs && !r->merged; id++) {
        const struct epoch *e = record_item(r->record, TABLE_EPOCHS, id);
        if (e->serial > MAIN)
            see_routine(r, &seen, routine_key_of(r, e->serial, e->routine), e->thread);
    }
    set_free(&seen);
}

/* --- epochs --- */

/* One that happens before `id`: its id is less. */
static uint32_t earlier(const struct reader *r, uint32_t id, uint32_t before)
{
    return before < id ? reader_known(r, TABLE_EPOCHS, before) : 0;
}

static uint32_t level_of(const struct pool *p, uint32_t epoch)
{
    return epoch == 0 ? 0 : pool_epoch(p, epoch)->level;
}

/* The first epoch of a once routine, whose last one a point names. */
static uint32_t first_of_routine(const struct reader *r, const struct epoch *point)
{
    uint32_t id = point->joined[0];
    for (const struct epoch *e; (e = record_item(r->record, TABLE_EPOCHS, id)) != NULL && e->before >= point->before &&
                                e->before < id && e->before != 0;)
        id = e->before;
    return id;
}

/* A synchronisation point, or what such a point is of. */
static uint32_t add_point(struct reader *r, uint32_t number, const struct epoch *e)
{
    struct pool *p = r->pool;
    bool fresh;
    struct described nobody = {.run = r->merged ? reader_known(r, TABLE_RUNS, e->run) : r->run, .name = no_name};
    const struct epoch *object = record_item(r->record, TABLE_EPOCHS, e->thread);
    bool routine = object != NULL && object->phase == SYNC_ONCE;
    uint32_t thread = add_thread(r, &nobody), index = r->merged ? (uint32_t)e->routine : number;
    if (thread == 0)
        return 0;
    struct key key = key_number(key_join(key_begin("point"), pool_key(&p->threads, thread)), index);
    uint32_t id = pool_add(p, &p->epochs, key, &fresh);
    if (id == 0)
        return 0;
    struct pool_epoch *to = pool_epoch(p, id);
    pool_greater(&to->tid, e->tid); /* another copy of its record may say less */
    if (!fresh)
        return id;
    to->thread = thread;
    to->index = index;
    to->phase = e->phase;
    to->object = earlier(r, number, e->thread);
    to->before = earlier(r, number, routine ? first_of_routine(r, e) : e->before);
    to->joined[0] = earlier(r, number, e->joined[0]);
    to->joined[1] = earlier(r, number, e->joined[1]);
    pool_greater(&to->level, 1 + level_of(p, to->before));
    pool_greater(&to->level, 1 + level_of(p, to->joined[0]));
    pool_greater(&to->level, 1 + level_of(p, to->joined[1]));
    return id;
}

static uint32_t add_epoch(struct reader *r, uint32_t number, const struct epoch *e)
{
    struct pool *p = r->pool;
    bool fresh;
    if (e->serial == 0)
        return add_point(r, number, e);
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
    pool_greater(&to->level, 1 + level_of(p, before));
    pool_greater(&to->level, 1 + level_of(p, joined[0]));
    pool_greater(&to->level, 1 + level_of(p, joined[1]));
    return id;
}

bool reader_threads(struct reader *r)
{
    uint32_t used = record_used(r->record, TABLE_EPOCHS);
    for (uint32_t id = 1; id < used; id++)
        r->map[TABLE_EPOCHS][id] = add_epoch(r, id, record_item(r->record, TABLE_EPOCHS, id));
    read_concurrent(r);
    return !r->pool->failed;
}
