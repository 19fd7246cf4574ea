#include "detect/deadlock/first_look.h"

#include "detect/held.h"
#include "detect/wake_rules.h"

enum { DEEPEST = 3, POSTS_MOST = 16, THREADS_MOST = 512 };
static const uint32_t UNKNOWN = UINT32_MAX, LATER = UINT32_MAX - 1;

/* How deep a look is, and whose wait it is all about: that this one goes on is no reason for it to go on. */
struct looking {
    uint32_t depth, root;
};

static enum first_look look(const struct deadlock_world *w, uint32_t start, struct looking l);

static inline struct thread *thread_at(const struct record *r, uint32_t id)
{
    return record_item_of(r, TABLE_THREADS, id, sizeof(struct thread), RECORD_SHIFT_THREADS);
}

static inline const struct post *post_at(const struct record *r, uint32_t id)
{
    return record_item_of(r, TABLE_POSTS, id, sizeof(struct post), RECORD_SHIFT_POSTS);
}

enum woken { WOKEN, NOT_WOKEN, PERHAPS_WOKEN };

static bool is_running(const struct record *r, uint32_t id)
{
    const struct thread *t = thread_at(r, id);
    return t != NULL && (t->state == THREAD_RUNNING || t->state == THREAD_STARTING) &&
           (t->sequence % 2 == 0 || (t->want.how & WANT_TIMED) != 0);
}

static bool is_any_running(const struct deadlock_world *w)
{
    uint32_t used = record_used(w->record, TABLE_THREADS);
    if (w->hint != NULL && is_running(w->record, *w->hint))
        return true;
    for (uint32_t id = 1; id < used; id++)
        if (is_running(w->record, id)) {
            if (w->hint != NULL)
                *w->hint = id;
            return true;
        }
    return false;
}

static bool is_any_of_routine_running(const struct deadlock_world *w, uint64_t routine)
{
    uint32_t used = record_used(w->record, TABLE_THREADS);
    for (uint32_t id = 1; id < used && id < THREADS_MOST; id++)
        if (thread_at(w->record, id)->routine == routine && is_running(w->record, id))
            return true;
    return false;
}

static bool goes_on(const struct deadlock_world *w, uint32_t id, struct looking l)
{
    const struct thread *t = thread_at(w->record, id);
    if (is_running(w->record, id))
        return true;
    const struct looking deeper = {l.depth + 1, l.root};
    return id != l.root && t->state == THREAD_RUNNING && l.depth < DEEPEST && look(w, id, deeper) == LOOK_FREE;
}

/* Whether those that hold what is wanted go on: one of them, or all. What no thread holds is just changing hands. */
static bool holders_go_on(const struct deadlock_world *w, uint32_t waiter, const struct want *want, bool one,
                          struct looking l)
{
    bool held = false;
    uint32_t used = record_used(w->record, TABLE_THREADS);
    if (used > THREADS_MOST)
        return false;
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = thread_at(w->record, id);
        if (!held_any(t) || !held_by_thread(w->record, t, want->address))
            continue;
        bool on = id != waiter && goes_on(w, id, l);
        if (on == one)
            return on;
        held = true;
    }
    return held ? !one : is_any_running(w);
}

/* Whether the thread holds what another one waits for. */
static bool stands_in_the_way(const struct deadlock_world *w, uint32_t waiter)
{
    const struct thread *t = thread_at(w->record, waiter);
    uint32_t used = record_used(w->record, TABLE_THREADS);
    if (!held_any(t) || used > THREADS_MOST)
        return held_any(t);
    for (uint32_t id = 1; id < used; id++) {
        struct want want;
        uint32_t sequence;
        if (id != waiter && record_blocked(thread_at(w->record, id), &want, &sequence) &&
            held_by_thread(w->record, t, want.address))
            return true;
    }
    return false;
}

/* Likewise for one that others were initialised at the place of: none of their posters need be the one. */
static enum woken inherited_goes_on(const struct deadlock_world *w, const struct site_history *h, struct looking l)
{
    for (uint32_t i = 0; i < h->posts && i < POSTS_MOST; i++) {
        const struct thread *t = thread_at(w->record, h->post[i].thread);
        if (h->post[i].serial == 0 ? is_any_of_routine_running(w, h->post[i].routine)
                                   : t != NULL && t->serial == h->post[i].serial && goes_on(w, h->post[i].thread, l))
            return WOKEN;
    }
    return PERHAPS_WOKEN;
}

/*
 * Whether a thread that posted there before, and does not wait there itself, goes on; while none has, any thread. But
 * if the waiter keeps others waiting meanwhile, that is for requirements.c to say; and if all who signalled a condition
 * wait there, too, they may be on their way to the next signal (posters.c), or may stall.
 */
static enum woken poster_goes_on(const struct deadlock_world *w, uint32_t waiter, const struct want *want,
                                 const struct lock *lock, struct looking l)
{
    bool any = false, here = false;
    uint32_t id = lock->first_post;
    const struct post *p;
    for (unsigned i = 0; i < POSTS_MOST && (p = post_at(w->record, id)) != NULL; i++, id = p->next) {
        const struct thread *t = thread_at(w->record, p->thread);
        if (p->serial == 0 && p->lock == want->lock) {
            if (is_any_of_routine_running(w, p->routine))
                return WOKEN;
            any = true;
        }
        if (p->lock != want->lock || t == NULL || t->serial != p->serial)
            continue;
        if (t->sequence % 2 == 1 && t->want.address == want->address) {
            here = true;
            continue;
        }
        any = true;
        if (goes_on(w, p->thread, l))
            return WOKEN;
    }
    if (any || !is_any_running(w))
        return NOT_WOKEN;
    struct site_history history;
    if (w->history != NULL && w->history(lock, &history))
        return inherited_goes_on(w, &history, l);
    return (here && want->kind == KIND_CONDITION) || stands_in_the_way(w, waiter) ? PERHAPS_WOKEN : WOKEN;
}

/* Whether the wait of thread `id` can be seen to end, where more than one thread may end it. */
static enum woken is_woken(const struct deadlock_world *w, uint32_t id, const struct want *want, struct looking l)
{
    const struct lock *lock = record_lock(w->record, want->lock);
    const struct wake_rule *rule =
        wake_rule(want->kind, (want->how & (WANT_SHARED | WANT_END)) != 0, lock == NULL ? 0 : lock->traits);
    if ((rule->wakers & WAKERS_LEAVE) != 0 || (rule->anyone && lock == NULL))
        return NOT_WOKEN;
    if (rule->anyone && w->pending != NULL && w->pending(want))
        return WOKEN;
    if ((rule->wakers & WAKERS_FILE) != 0) {
        uint32_t owner = w->file_owner != NULL && lock != NULL ? w->file_owner(lock) : 0;
        return owner == 0 || goes_on(w, owner, l) ? WOKEN : NOT_WOKEN;
    }
    if ((rule->wakers & WAKERS_ANY) != 0)
        return is_any_running(w) ? WOKEN : NOT_WOKEN;
    if ((rule->wakers & WAKERS_POST) != 0)
        return lock == NULL ? NOT_WOKEN : poster_goes_on(w, id, want, lock, l);
    return holders_go_on(w, id, want, rule->quorum == QUORUM_ONE, l) ? WOKEN : NOT_WOKEN;
}

/* The owner of a mutex, by libc's word; 0: it is free, or just changing hands. */
static uint32_t owner_of(const struct deadlock_world *w, const struct want *want)
{
    uint32_t tid = w->owner(want), id = tid == 0 ? 0 : w->thread(tid);
    const struct thread *t = thread_at(w->record, id);
    if (t == NULL)
        return tid == 0 ? 0 : UNKNOWN; /* it may have ended */
    return held_by_thread(w->record, t, want->address) ? id : 0;
}

static uint32_t joined_by(const struct deadlock_world *w, const struct want *want)
{
    const struct thread *t = thread_at(w->record, want->thread);
    return t == NULL || t->serial != want->thread_serial || t->state == THREAD_ENDED ? 0 : want->thread;
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
    want->kind = mutex->kind;
    want->address = mutex->address;
    return true;
}

/* The one thread that `id` waits for; 0 when it runs or will be woken, UNKNOWN when that takes more than a look, LATER
 * when it may be woken. */
static uint32_t next_in_chain(const struct deadlock_world *w, uint32_t id, struct looking l)
{
    const struct thread *t = thread_at(w->record, id);
    const uint32_t next_if[] = {[WOKEN] = 0, [NOT_WOKEN] = UNKNOWN, [PERHAPS_WOKEN] = LATER};
    uint32_t sequence, next;
    enum woken woken;
    struct want want;
    if (!record_blocked(t, &want, &sequence))
        return 0;
    bool timed = (want.how & WANT_TIMED) != 0;
    bool condition = kind_like(want.kind) == KIND_CONDITION && (want.how & WANT_END) == 0;
    if (condition && !timed && (woken = is_woken(w, id, &want, l)) != WOKEN)
        return next_if[woken];
    if ((condition || timed) && !relocks(w, t, &want))
        return 0;
    if (want.kind == KIND_MUTEX)
        next = owner_of(w, &want);
    else if (want.kind == KIND_THREAD)
        next = joined_by(w, &want);
    else
        return next_if[is_woken(w, id, &want, l)];
    return next != UNKNOWN && t->sequence != sequence ? 0 : next;
}

static enum first_look look(const struct deadlock_world *w, uint32_t start, struct looking l)
{
    /* R. P. Brent, "An Improved Monte Carlo Factorization Algorithm", BIT 20, 1980: a mark that moves on at powers of
     * two meets every cycle, also one that `start` is not part of. */
    uint32_t mark = start, steps = 0, power = 1;
    for (uint32_t id = start;;) {
        uint32_t next = next_in_chain(w, id, l);
        if (next == 0)
            return LOOK_FREE;
        if (next == UNKNOWN || next == LATER)
            return next == UNKNOWN ? LOOK_DEEPER : LOOK_LATER;
        if (next == mark || thread_at(w->record, next)->state == THREAD_ENDED)
            return LOOK_CYCLE;
        if (++steps == power)
            mark = next, power *= 2, steps = 0;
        id = next;
    }
}

enum first_look first_look_from(const struct deadlock_world *w, uint32_t start)
{
    return look(w, start, (struct looking){0, start});
}
