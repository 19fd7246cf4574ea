#include "detect/deadlock/deadlock.h"

#include "detect/held.h"

static bool runs(const struct record *r, uint32_t id)
{
    const struct thread *t = record_thread(r, id);
    return t != NULL && (t->state == THREAD_RUNNING || t->state == THREAD_STARTING) &&
           (t->sequence % 2 == 0 || (t->want.how & WANT_TIMED) != 0);
}

static bool anybody_runs(const struct deadlock_world *w)
{
    uint32_t used = record_used(w->record, TABLE_THREADS);
    if (w->hint != NULL && runs(w->record, *w->hint))
        return true;
    for (uint32_t id = 1; id < used; id++)
        if (runs(w->record, id)) {
            if (w->hint != NULL)
                *w->hint = id;
            return true;
        }
    return false;
}

enum { UNKNOWN = UINT32_MAX, DEEPEST = 3, MOST_POSTS = 16, MOST_THREADS = 512 };

static enum deadlock_look look(const struct deadlock_world *w, uint32_t start, unsigned depth);

static bool goes_on(const struct deadlock_world *w, uint32_t id, unsigned depth)
{
    const struct thread *t = record_thread(w->record, id);
    return runs(w->record, id) ||
           (t->state == THREAD_RUNNING && depth < DEEPEST && look(w, id, depth + 1) == WAITS_FREE);
}

/*
 * Whether who holds what is wanted goes on: of a semaphore's holders one is enough, of all others' it takes all. What
 * nobody seems to hold is just changing hands. Looks at so many threads and no more.
 */
static bool holder_goes_on(const struct deadlock_world *w, uint32_t waiter, const struct want *want, unsigned depth)
{
    bool held = false;
    uint32_t used = record_used(w->record, TABLE_THREADS);
    if (used > MOST_THREADS)
        return false;
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = record_thread(w->record, id);
        if (t->outer == 0 || !held_by_thread(w->record, t, want->address))
            continue;
        bool on = id != waiter && goes_on(w, id, depth);
        if (on == (want->kind == KIND_SEMAPHORE))
            return on;
        held = true;
    }
    return (held && want->kind != KIND_SEMAPHORE) || (!held && anybody_runs(w));
}

/*
 * Whether somebody who woke others there so far, and does not wait there himself, goes on; or, while nobody has,
 * anybody. Of a semaphore that may be a lock, whoever holds it.
 */
static bool waker_goes_on(const struct deadlock_world *w, uint32_t waiter, const struct want *want, unsigned depth)
{
    const struct lock *lock = record_lock(w->record, want->lock);
    if (lock == NULL)
        return false;
    if (w->pending != NULL && w->pending(want))
        return true;
    if (want->kind == KIND_SEMAPHORE && (lock->traits & TRAIT_EVENT) == 0)
        return holder_goes_on(w, waiter, want, depth);
    bool any = false;
    uint32_t id = lock->first_post;
    const struct post *p;
    for (unsigned i = 0; i < MOST_POSTS && (p = record_item(w->record, TABLE_POSTS, id)) != NULL; i++, id = p->next) {
        const struct thread *t = record_thread(w->record, p->thread);
        if (p->lock != want->lock || t == NULL || t->serial != p->serial)
            continue;
        if (t->sequence % 2 == 1 && t->want.address == want->address)
            continue;
        any = true;
        if (goes_on(w, p->thread, depth))
            return true;
    }
    return !any && anybody_runs(w);
}

/*
 * A thread that waits at a condition must lock its mutex again before it goes on, and that without a time-out: from
 * then on this is its want. False: it need not, as it holds a recursive mutex all the while.
 */
static bool relocks(const struct deadlock_world *w, const struct thread *t, struct want *want)
{
    const struct lock *mutex = record_lock(w->record, want->cond_mutex);
    if (mutex == NULL || held_by_thread(w->record, t, mutex->address))
        return false;
    want->kind = KIND_MUTEX;
    want->address = mutex->address;
    return true;
}

/* Whom thread `id` waits for, and nobody else; 0 when it runs or will be woken, UNKNOWN when that takes more than a
 * look. */
static uint32_t next_in_chain(const struct deadlock_world *w, uint32_t id, unsigned depth, bool *ended)
{
    const struct record *r = w->record;
    const struct thread *t = record_thread(r, id);
    uint32_t sequence;
    struct want want;
    if (!record_blocked(t, &want, &sequence))
        return 0;
    bool timed = (want.how & WANT_TIMED) != 0;
    bool signal = want.kind == KIND_CONDITION && (want.how & WANT_END) == 0; /* it waits for one */
    if (signal && !timed && !waker_goes_on(w, id, &want, depth))
        return UNKNOWN;
    if ((signal || timed) && !relocks(w, t, &want))
        return 0;

    uint32_t next = UNKNOWN;
    if (want.kind == KIND_MUTEX) {
        uint32_t owner = w->owner(&want);
        if (owner == 0)
            return 0;
        next = w->thread(owner);
    } else if (want.kind == KIND_THREAD)
        next = want.thread;
    else if ((want.how & WANT_END) != 0)
        return UNKNOWN;
    else if (want.kind == KIND_SEMAPHORE || want.kind == KIND_BARRIER)
        return waker_goes_on(w, id, &want, depth) ? 0 : UNKNOWN;
    else
        return holder_goes_on(w, id, &want, depth) ? 0 : UNKNOWN;
    if (next == UNKNOWN)
        return next;
    const struct thread *n = record_thread(r, next);
    if (n == NULL || t->sequence != sequence)
        return want.kind == KIND_MUTEX && n == NULL ? UNKNOWN : 0; /* its owner may have ended */
    if (want.kind == KIND_THREAD && (n->serial != want.thread_serial || n->state == THREAD_ENDED))
        return 0;
    if (want.kind == KIND_MUTEX && !held_by_thread(r, n, want.address))
        return 0; /* about to push or to pop it: runs */
    *ended = n->state == THREAD_ENDED;
    return next;
}

static enum deadlock_look look(const struct deadlock_world *w, uint32_t start, unsigned depth)
{
    /* Brent's algorithm: a mark that moves on at powers of two meets every cycle, also one that start is not part of.
     */
    uint32_t mark = start, steps = 0, power = 1;
    for (uint32_t id = start;;) {
        bool ended = false;
        uint32_t next = next_in_chain(w, id, depth, &ended);
        if (next == 0)
            return WAITS_FREE;
        if (next == UNKNOWN)
            return WAITS_DEEPER;
        if (ended || next == mark)
            return WAITS_RING;
        if (++steps == power)
            mark = next, power *= 2, steps = 0;
        id = next;
    }
}

enum deadlock_look deadlock_look(const struct deadlock_world *w, uint32_t start)
{
    return look(w, start, 0);
}

bool deadlock_stood_still(const struct deadlock_world *w, const struct finding *f)
{
    for (uint32_t i = 0; i < f->sides; i++) {
        const struct side *side = &f->side[i];
        const struct lock *lock = record_lock(w->record, side->want.lock);
        uint32_t value, waiting, waiters = 0;
        if (side->want.kind != KIND_SEMAPHORE || w->semaphore == NULL)
            continue;
        if (lock == NULL || !w->semaphore(lock, &value, &waiting) || value != 0)
            return false;
        /* Who was granted a unit no longer waits inside libc, but may not have come round to saying so. */
        uint32_t threads = record_used(w->record, TABLE_THREADS);
        for (uint32_t id = 1; id < threads; id++) {
            const struct thread *t = record_thread(w->record, id);
            waiters += t->sequence % 2 == 1 && t->want.address == side->want.address &&
                       t->want.kind == KIND_SEMAPHORE && t->state != THREAD_ENDED;
        }
        if (waiting + (w->outside != 0 ? w->outside == side->want.address : 0) < waiters)
            return false;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < f->sides; i++) {
        const struct thread *t = record_thread(w->record, f->side[i].thread);
        if (t == NULL || t->serial != f->side[i].serial || t->sequence != f->side[i].sequence)
            return false;
    }
    return true;
}
