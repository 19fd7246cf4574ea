#include "detect/waits.h"

static bool holds(const struct record *r, const struct thread *t, uint64_t address)
{
    const struct hold *h;
    uint32_t given = 0, path = t->path;
    if (path == 0)
        return t->outer == address;
    for (uint32_t steps = 0; (h = record_hold(r, path)) != NULL && steps < 1 << 20; path = h->parent, steps++) {
        if (h->address != address)
            continue;
        if ((h->how & HOW_GIVEN) != 0)
            given++;
        else if (given-- == 0)
            return true;
    }
    return false;
}

/* Whom thread `id` waits for, and nobody else; 0 when it runs, UINT32_MAX when that takes more than a look. */
static uint32_t next_in_chain(const struct waits_world *w, uint32_t id, bool *ended)
{
    const struct record *r = w->record;
    const struct thread *t = record_thread(r, id);
    uint32_t turn = t->turn;
    if (turn % 2 == 0)
        return 0;
    struct want want = t->want;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (t->turn != turn || (want.how & WANT_TIMED) != 0)
        return 0;

    uint32_t next = UINT32_MAX;
    if (want.kind == KIND_MUTEX)
        next = w->thread(w->owner(&want));
    else if (want.kind == KIND_THREAD)
        next = want.thread;
    if (next == UINT32_MAX)
        return next;
    const struct thread *n = record_thread(r, next);
    if (n == NULL || t->turn != turn)
        return want.kind == KIND_MUTEX && n == NULL ? UINT32_MAX : 0; /* its owner may have ended */
    if (want.kind == KIND_THREAD && (n->serial != want.thread_serial || n->state == THREAD_ENDED))
        return 0;
    if (want.kind == KIND_MUTEX && !holds(r, n, want.address))
        return 0; /* about to push or to pop it: runs */
    *ended = n->state == THREAD_ENDED;
    return next;
}

enum waits_look waits_look(const struct waits_world *w, uint32_t start)
{
    /* Brent's algorithm: a mark that moves on at powers of two meets every ring, also one that start is not part of. */
    uint32_t mark = start, steps = 0, power = 1;
    for (uint32_t id = start;;) {
        bool ended = false;
        uint32_t next = next_in_chain(w, id, &ended);
        if (next == 0)
            return WAITS_FREE;
        if (next == UINT32_MAX)
            return WAITS_DEEPER;
        if (ended || next == mark)
            return WAITS_RING;
        if (++steps == power)
            mark = next, power *= 2, steps = 0;
        id = next;
    }
}

bool waits_stood_still(const struct waits_world *w, const struct finding *f)
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
            waiters += t->turn % 2 == 1 && t->want.address == side->want.address &&
                       t->want.kind == KIND_SEMAPHORE && t->state != THREAD_ENDED;
        }
        if (waiting + (w->outside != 0 ? w->outside == side->want.address : 0) < waiters)
            return false;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < f->sides; i++) {
        const struct thread *t = record_thread(w->record, f->side[i].thread);
        if (t == NULL || t->serial != f->side[i].serial || t->turn != f->side[i].turn)
            return false;
    }
    return true;
}
