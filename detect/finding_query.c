#include "detect/finding_query.h"

#include "detect/held.h"
#include "detect/wake_rules.h"
#include "detect/waker_locksets.h"

struct thread_ref query_thread(const struct record *r, uint32_t id, uint32_t serial)
{
    const struct thread *t = record_thread(r, id);
    if (t == NULL || t->serial != serial || t->state == THREAD_NONE)
        return (struct thread_ref){.id = id, .serial = serial, .name = ""};
    return (struct thread_ref){.id = id, .serial = serial, .slot = t, .name = t->name};
}

const struct merged_run *query_run(const struct record *r, const struct side *side)
{
    const struct thread *t = record_thread(r, side->thread);
    if (t == NULL || r->header->end != END_MERGED)
        return NULL;
    return record_item(r, TABLE_RUNS, (uint32_t)(t->argument >> 32));
}

struct thread_ref query_side_thread(const struct record *r, const struct side *side)
{
    struct thread_ref p = query_thread(r, side->thread, side->serial);
    if (side->name[0] != 0)
        p.name = side->name;
    return p;
}

const struct epoch *query_epoch(const struct record *r, uint32_t serial)
{
    uint32_t used = record_used(r, TABLE_EPOCHS);
    for (uint32_t id = 1; id < used; id++) {
        const struct epoch *e = record_item(r, TABLE_EPOCHS, id);
        if (e != NULL && e->serial == serial)
            return e;
    }
    return NULL;
}

uint32_t thread_ref_tid(const struct record *r, const struct thread_ref *p)
{
    const struct epoch *e = p->slot == NULL ? query_epoch(r, p->serial) : NULL;
    return p->slot != NULL ? p->slot->tid : e != NULL ? e->tid : 0;
}

bool thread_ref_ended(const struct thread_ref *p)
{
    return p->slot == NULL || p->slot->state == THREAD_ENDED;
}

uint32_t query_lock_at(const struct record *r, uint64_t address)
{
    for (uint32_t id = record_used(r, TABLE_LOCKS); id-- > 1;) {
        const struct lock *l = record_lock(r, id);
        if (l->address == address && (l->traits & TRAIT_ENDED) == 0)
            return id;
    }
    return 0;
}

bool query_holding(const struct record *r, const struct held *h)
{
    const struct lock *l =
        record_lock(r, h->lock != 0 || h->kind != KIND_SEMAPHORE ? h->lock : query_lock_at(r, h->address));
    return l == NULL || (l->traits & TRAIT_EVENT) == 0;
}

struct held query_hold(const struct record *r, uint32_t path, uint32_t lock)
{
    struct held h = held_at(r, held_find_lock(r, path, lock));
    return query_holding(r, &h) ? h : (struct held){0};
}

bool query_signal(const struct record *r, const struct want *want)
{
    const struct lock *l = record_lock(r, want->lock);
    return (wake_rule(want->kind, false, l == NULL ? TRAIT_EVENT : l->traits)->wakers & (WAKERS_POST | WAKERS_ANY)) !=
           0;
}

bool query_signals_without(const struct record *r, const struct want *want, uint32_t *serial)
{
    const struct lock *mutex = record_lock(r, want->cond_mutex);
    if (kind_like(want->kind) != KIND_CONDITION || mutex == NULL || record_lock(r, want->lock) == NULL)
        return false;
    struct wake_walk walk = wake_walk_begin(r, want->lock);
    for (const struct wake *w; (w = wake_walk_next(&walk)) != NULL;) {
        if (walk.epoch == NULL || w->held[WAKE_HELD - 1].generation != 0 || wake_needs(r, w, want->cond_mutex, false))
            continue; /* generation: there were more locks than are kept */
        *serial = walk.epoch->serial;
        return true;
    }
    return false;
}

const struct side *query_next(const struct finding *f, uint32_t i)
{
    if (i >= f->cycle || (f->kind == FINDING_STALL && i + 1 == f->cycle))
        return NULL;
    return &f->side[i + 1 < f->cycle ? i + 1 : 0];
}

/* A thread of the record that holds a lock, those of the finding first. */
static bool find_holder(const struct record *r, const struct finding *f, uint32_t lock, struct thread_ref *holder,
                        struct held *hold)
{
    const struct lock *l = record_lock(r, lock);
    struct held_walk walk;
    const struct held *h;
    for (uint32_t i = 0; i < f->sides; i++)
        if ((*hold = query_hold(r, f->side[i].path, lock)).address != 0) {
            *holder = query_side_thread(r, &f->side[i]);
            return true;
        }
    uint32_t threads = l == NULL ? 0 : record_used(r, TABLE_THREADS);
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(r, id);
        if (t->state == THREAD_NONE)
            continue;
        held_begin_thread(&walk, r, t);
        while ((h = held_next(&walk)) != NULL) {
            if (h->address != l->address || (l->traits & TRAIT_EVENT) != 0)
                continue;
            *hold = *h;
            hold->lock = lock;
            *holder = query_thread(r, id, t->serial);
            return true;
        }
    }
    return false;
}

bool query_holder(const struct record *r, const struct finding *f, uint32_t i, struct thread_ref *holder,
                  struct held *hold)
{
    const struct want *want = &f->side[i].want;
    const struct side *next = query_next(f, i);
    *hold = (struct held){0};
    if (want->kind == KIND_THREAD) {
        *holder = query_thread(r, want->thread, want->thread_serial);
        const struct side *side = query_sides(f, want->thread_serial);
        if (side != NULL)
            *holder = query_side_thread(r, side);
        return true;
    }
    bool closed = next != NULL && (f->cycle > 1 || query_self(f));
    bool signal = query_signal(r, want);
    if (closed && (next->held == want->lock || (signal && next->held == 0))) {
        *holder = query_side_thread(r, next);
        *hold = query_hold(r, next->path, next->held);
        return true;
    }
    if (!signal && want->lock != 0 && find_holder(r, f, want->lock, holder, hold))
        return true;
    if (closed)
        *holder = query_side_thread(r, next);
    return closed;
}

struct held query_kept(const struct record *r, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    const struct lock *l = record_lock(r, side->held);
    struct thread_ref p = query_side_thread(r, side);
    struct held h = query_hold(r, side->path, side->held);
    struct held_walk walk;
    const struct held *at;
    if (h.address != 0 || l == NULL || p.slot == NULL)
        return h;
    held_begin_thread(&walk, r, p.slot);
    while ((at = held_next(&walk)) != NULL)
        if (at->address == l->address) {
            h = *at;
            h.lock = side->held;
            return h;
        }
    return h;
}

bool query_has(const struct record *r, const struct side *side)
{
    const struct lock *l = record_lock(r, side->held);
    return query_hold(r, side->path, side->held).address != 0 || (l != NULL && (l->traits & TRAIT_LIBC) != 0);
}

bool query_queues(const struct record *r, const struct finding *f, uint32_t i)
{
    const struct side *next = query_next(f, i);
    const struct want *want = &f->side[i].want;
    return next != NULL && want->kind == KIND_RWLOCK && next->want.lock == want->lock && next->held == want->lock &&
           !query_has(r, next);
}

const struct side *query_between(const struct finding *f, uint32_t i)
{
    const struct want *want = &f->side[i].want;
    for (uint32_t k = f->cycle; k < f->sides && f->kind == FINDING_LOCK_ORDER && (want->how & WANT_SHARED) != 0; k++)
        if (f->side[k].want.lock == want->lock)
            return &f->side[k];
    return NULL;
}

static bool has_waited(const struct record *r, const struct finding *f, uint32_t i)
{
    const struct want *want = &f->side[i].want;
    return f->side[i].held != 0 && (want->kind == KIND_THREAD || query_signal(r, want));
}

enum query_deed query_deed(const struct record *r, const struct finding *f, uint32_t i)
{
    if (i == 0)
        return DEED_WAITED;
    if (i >= f->cycle || (f->side[i].held == 0 && has_waited(r, f, i - 1)))
        return DEED_WOKE;
    return has_waited(r, f, i) ? DEED_WAITED : DEED_ACQUIRED;
}

const struct side *query_awaiting(const struct finding *f, uint32_t i)
{
    return &f->side[i < f->cycle && i > 0 ? i - 1 : 0];
}

uint32_t query_needed(const struct finding *f, uint32_t i)
{
    const struct side *next = f->cycle > 2 ? query_next(f, i) : NULL;
    return next != NULL ? next->held : f->side[0].held; // NOLINT: it has sides
}

bool query_alone(const struct finding *f)
{
    for (uint32_t i = 1; i < f->sides; i++)
        if (f->side[i].serial != f->side[0].serial)
            return false;
    return true;
}

unsigned query_posters(const struct record *r, uint32_t lock, struct thread_ref *poster, unsigned room, bool *more)
{
    const struct lock *l = record_lock(r, lock);
    unsigned count = 0;
    *more = false;
    uint32_t id = l == NULL ? 0 : l->first_post;
    while (id != 0) {
        const struct post *p = record_item(r, TABLE_POSTS, id);
        if (p == NULL)
            break;
        unsigned i = 0;
        while (i < count && poster[i].serial != p->serial)
            i++;
        if (p->serial == 0) {
            *more = true; /* any of its start routine */
            i = 0;
        } else if (i == room) {
            *more = true;
            break;
        }
        if (p->serial != 0 && i == count)
            poster[count++] = query_thread(r, p->thread, p->serial);
        id = p->next < id ? p->next : 0; /* older ones come first in the table: no endless list */
    }
    return count;
}

static bool has_routine(const struct record *r, uint32_t serial, uint64_t routine)
{
    uint32_t used = record_used(r, TABLE_THREADS), id = 1;
    while (id < used && record_thread(r, id)->serial != serial)
        id++;
    return id < used && record_thread(r, id)->routine == routine;
}

bool query_posted_by(const struct record *r, uint32_t lock, uint32_t serial)
{
    const struct lock *l = record_lock(r, lock);
    uint32_t id = l == NULL ? 0 : l->first_post;
    const struct post *p;
    while ((p = record_item(r, TABLE_POSTS, id)) != NULL && p->serial != serial &&
           !(p->serial == 0 && has_routine(r, serial, p->routine)))
        id = p->next < id ? p->next : 0;
    return p != NULL;
}

const struct side *query_sides(const struct finding *f, uint32_t serial)
{
    for (uint32_t i = 0; i < f->sides; i++)
        if (f->side[i].serial == serial)
            return &f->side[i];
    return NULL;
}

uint32_t query_waiting(const struct finding *f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->sides; i++)
        n += f->side[i].want.kind != KIND_NONE;
    return n;
}

uint32_t query_subject(const struct finding *f)
{
    const struct want *want = &f->side[0].want;
    return f->kind == FINDING_COND_MUTEX_NOT_HELD ? want->cond_mutex : want->lock;
}

enum query_part query_part(const struct record *r, const struct finding *f)
{
    uint32_t lock = query_subject(f);
    if (f->sides < 2 || lock == 0)
        return PART_NONE;
    const struct side *side = &f->side[1];
    if (side->held == lock || query_hold(r, side->path, lock).address != 0)
        return PART_HOLDS;
    return side->want.lock == lock || side->want.cond_mutex == lock ? PART_WAITS : PART_NONE;
}

uint64_t query_times(const struct finding *f)
{
    uint64_t times = 0;
    for (uint32_t i = 0; i < f->cycle; i++)
        times += f->side[i].times;
    return times;
}

bool query_self(const struct finding *f)
{
    const struct side *s = f->side;
    if (f->cycle != 1)
        return false;
    if (s->want.kind == KIND_THREAD)
        return s->want.thread_serial == s->serial;
    return s->held != 0 && s->held == s->want.lock;
}
