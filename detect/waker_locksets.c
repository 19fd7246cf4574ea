#include "detect/waker_locksets.h"

#include "detect/held.h"
#include "detect/wake_rules.h"

#include <string.h>

enum {
    WAKES_MOST = 1 << 10, /* of a lock; the library writes fewer */
    STEPS_MOST = 1 << 28,
};

struct wake_walk wake_walk_begin(const struct record *r, uint32_t lock)
{
    return (struct wake_walk){.record = r, .lock = lock, .next = record_lock(r, lock)->first_wake};
}

const struct wake *wake_walk_next(struct wake_walk *w)
{
    const struct wake *wake = record_item(w->record, TABLE_WAKES, w->next);
    if (wake == NULL || wake->lock != w->lock || ++w->steps > WAKES_MOST)
        return NULL;
    w->id = w->next;
    w->next = wake->next;
    w->epoch = record_item(w->record, TABLE_EPOCHS, wake->epoch);
    return wake;
}

uint32_t wake_needs(const struct record *r, const struct wake *w, uint32_t lock, bool shared)
{
    uint16_t generation = (uint16_t)record_lock(r, lock)->generation;
    for (int i = 0; i < WAKE_HELD; i++) {
        const struct wake_held *h = &w->held[i];
        if (h->lock == lock && h->generation == generation && !(shared && (h->how & WAKE_SHARED) != 0))
            return h->how | 1u << 15;
    }
    return 0;
}

const struct lock *wake_awaited(const struct record *r, const struct hold *h)
{
    const struct lock *lock = record_lock(r, h->lock);
    if (lock == NULL || h->parent == 0 || (h->how & (HOW_TRIED | HOW_REBUILT | HOW_IGNORED | HOW_DECLARED)) != 0)
        return NULL;
    uint32_t traits = lock->traits;
    if ((traits & (TRAIT_WAKER_UNKNOWN | TRAIT_WAKES_MISSING | TRAIT_SHARED)) != 0 || lock->first_wake == 0)
        return NULL;
    if (lock->kind == KIND_SEMAPHORE)
        return (traits & TRAIT_EVENT) != 0 && (traits & TRAIT_POSTED) == 0 ? lock : NULL;
    return (h->how & HOW_WAIT) != 0 ? lock : NULL;
}

struct side wake_side(const struct record *r, const struct wake *w, uint32_t lock, uint32_t how)
{
    const struct epoch *e = record_item(r, TABLE_EPOCHS, w->epoch);
    const struct lock *wanted = record_lock(r, lock), *awaited = record_lock(r, w->lock);
    bool joined = awaited != NULL && awaited->kind == KIND_THREAD; /* then `path` is what the joining thread held */
    struct side s = {.thread = e->thread, .serial = e->serial, .path = joined ? 0 : w->path, .times = w->times};
    memcpy(s.name, e->name, sizeof s.name);
    s.want = (struct want){.address = wanted->address,
                           .site = record_site(r, w->stack),
                           .lock = lock,
                           .stack = w->stack,
                           .kind = wanted->kind,
                           .how = (how & WAKE_SHARED) != 0 ? WANT_SHARED : 0};
    return s;
}

static const struct wake_rule *rule_of(const struct lock *lock)
{
    return wake_rule(lock->kind, false, lock->traits);
}

/* What one thread does, in all its epochs. */
struct waker {
    bool newest; /* the wake asked about is the newest of this thread */
    bool needs;  /* the lock, every time */
    bool proven, overlaps, holds;
    uint32_t times, locks; /* locks: the most that it acquired on its way */
};

/* Whether it ends such a wait at all. */
static bool is_meant(const struct wake *w, const struct held_wait *wait)
{
    return wait->joined == 0 || w->path == wait->joined;
}

static uint32_t count_locks(const struct wake *w)
{
    uint32_t n = 0;
    for (int i = 0; i < WAKE_HELD; i++)
        n += w->held[i].lock != 0;
    return n;
}

static struct waker waker_of(struct epochs *e, const struct wake *wake, const struct held_wait *wait, uint32_t serial,
                             uint64_t *steps)
{
    struct waker x = {.newest = true, .needs = true};
    struct wake_walk all = wake_walk_begin(e->record, wake->lock);
    bool met = false;
    for (const struct wake *w; (w = wake_walk_next(&all)) != NULL; ++*steps) {
        if (all.epoch == NULL || all.epoch->serial != serial || !is_meant(w, wait))
            continue;
        uint32_t how = wake_needs(e->record, w, wait->held, wait->shared);
        x.newest &= met || w == wake;
        met |= w == wake;
        x.needs &= how != 0;
        x.proven |= (how & WAKE_PROVEN) != 0;
        x.holds |= held_find_lock(e->record, w->path, wait->held) != 0;
        x.times += w->times;
        x.locks = count_locks(w) > x.locks ? count_locks(w) : x.locks;
        x.overlaps |= epochs_overlap(e, wait->epoch, w->epoch);
    }
    return x;
}

/*
 * A thread that signals a condition usually holds its mutex; what else it acquired before, and released, may have to do
 * with anything. One lock of several, once, is chance: V8's compiler threads acquire many a mutex before they meet at a
 * condition. A joined thread needed all that it acquired.
 */
static bool is_chance(const struct lock *lock, const struct held_wait *wait, const struct waker *x)
{
    enum { SEVERAL = 4 };
    bool possible = kind_like(lock->kind) == KIND_CONDITION || (wait->through && lock->kind != KIND_THREAD);
    return possible && !x->holds && x->times < 2 && x->locks >= SEVERAL;
}

struct known_wakers known_wakers_of(struct epochs *e, const struct held_wait *wait, uint64_t *steps)
{
    struct known_wakers k = {.own = false};
    const struct lock *lock = record_lock(e->record, wait->lock);
    const struct wake_rule *rule = rule_of(lock);
    /* Where any one of them is enough, one that does not need the lock decides. */
    bool one_decides = rule->quorum == QUORUM_ONE && (rule->wakers & WAKERS_JOINED) == 0;
    struct wake_walk all = wake_walk_begin(e->record, wait->lock);
    for (const struct wake *w; (w = wake_walk_next(&all)) != NULL && *steps < STEPS_MOST; ++*steps) {
        bool own = all.epoch != NULL && all.epoch->serial == wait->serial;
        if (!is_meant(w, wait))
            continue;
        if (all.epoch == NULL || (one_decides && !own && wake_needs(e->record, w, wait->held, wait->shared) == 0)) {
            k.unknown = true;
            return k;
        }
        struct waker x = waker_of(e, w, wait, all.epoch->serial, steps);
        k.circulates |= w->waited != 0;
        if (!x.newest)
            continue;
        bool counts = x.needs && x.proven && !is_chance(lock, wait, &x);
        if (own) {
            k.own = true;
            k.own_needs = counts;
            continue;
        }
        k.others++;
        k.needing += counts;
        k.overlapping += counts && x.overlaps;
    }
    k.unknown = all.steps > WAKES_MOST || *steps >= STEPS_MOST;
    return k;
}

/* A join is waited for one thread alone, though its lock stands for all threads of a routine. */
bool known_wakers_are_blocked(const struct lock *awaited, const struct known_wakers *k)
{
    const struct wake_rule *rule = rule_of(awaited);
    bool known = (awaited->traits & TRAIT_VALUE_KNOWN) != 0;
    if ((rule->wakers & WAKERS_JOINED) != 0)
        return k->needing > 0;
    if (rule->quorum == QUORUM_MISSING && known)
        return k->needing > 0 && k->others - k->needing + 1 < awaited->value;
    if (awaited->kind == KIND_SEMAPHORE && (!known || awaited->value > 0) && (k->own || k->circulates))
        return false;
    return k->needing == k->others;
}
