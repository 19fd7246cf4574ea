#include "detect/wait_holding.h"

#include "detect/epochs.h"
#include "detect/held.h"
#include "detect/pages.h"
#include "detect/wake_rules.h"

#include <string.h>

enum {
    SIDES = 17,           /* who waited, and so many wakers as are told of */
    WAKES_MOST = 1 << 10, /* of a lock; the library writes fewer */
    STEPS_MOST = 1 << 28,
    HELD_MOST = 32, /* innermost locks that are looked at */
};

/* A wait at its worst: a reason, or none, why it is no more than a note. What is none at all has no hold. */
struct await {
    uint32_t hold; /* the wait */
    uint32_t held; /* the lock that those who wake its waiters need first */
    uint32_t how;  /* enum hold_how, of that */
    uint32_t epoch;
    enum finding_reason reason;
};

/* All waits for one lock at one place. */
struct place {
    uint64_t site;
    uint32_t lock;
    uint32_t times, count;
    struct await worst;
};

struct judging {
    const struct record *record;
    struct pages pages;
    struct epochs epochs;
    struct places {
        struct place *place;
        uint32_t mask;
    } each, alike;
    uint64_t steps; /* from wake to wake */
};

/* --- who wakes its waiters --- */

/* The wakes of a lock, from a record that may lead in circles. */
struct wakes {
    const struct record *record;
    uint32_t lock, next, steps;
    const struct epoch *epoch; /* of the last one given; NULL: nothing is known of who it was */
};

static struct wakes wakes_of(const struct record *r, uint32_t lock)
{
    return (struct wakes){.record = r, .lock = lock, .next = record_lock(r, lock)->first_wake};
}

static const struct wake *next_wake(struct wakes *x)
{
    const struct wake *w = record_item(x->record, TABLE_WAKES, x->next);
    if (w == NULL || w->lock != x->lock || ++x->steps > WAKES_MOST)
        return NULL;
    x->next = w->next;
    x->epoch = record_item(x->record, TABLE_EPOCHS, w->epoch);
    return w;
}

/* Whether it takes the lock in a mode that who holds it does not admit: enum wake_how, else 0. */
static uint32_t needs(const struct record *r, const struct wake *w, uint32_t lock, bool shared)
{
    uint16_t generation = (uint16_t)record_lock(r, lock)->generation;
    for (int i = 0; i < WAKE_HELD; i++) {
        const struct wake_held *h = &w->held[i];
        if (h->lock == lock && h->generation == generation && !(shared && (h->how & WAKE_SHARED) != 0))
            return h->how | 1u << 15;
    }
    return 0;
}

static const struct wake_rule *rule_of(const struct lock *lock)
{
    return wake_rule(lock->kind, false, lock->traits);
}

/* What one thread does, in all its epochs. */
struct waker {
    bool first; /* this wake is the newest of it */
    bool needs; /* the lock, every time */
    bool proven, overlaps, in_hand;
    uint32_t times, locks; /* locks: that it took on its way, of which this is one */
};

/*
 * Who signals a condition has its mutex in hand; what else he took before, and released, may have to do with anything.
 * One of several, and once, is chance: V8's compiler threads come by many a mutex before they meet at a condition.
 */
static bool is_chance(const struct lock *lock, const struct waker *x)
{
    enum { SEVERAL = 4 };
    return lock->kind == KIND_CONDITION && !x->in_hand && x->times < 2 && x->locks >= SEVERAL;
}

static uint32_t locks_of(const struct wake *w)
{
    uint32_t n = 0;
    for (int i = 0; i < WAKE_HELD; i++)
        n += w->held[i].lock != 0;
    return n;
}

static struct waker waker_of(struct judging *j, const struct wake *wake, const struct await *a, uint32_t serial)
{
    struct waker x = {.first = true, .needs = true};
    struct wakes all = wakes_of(j->record, wake->lock);
    bool met = false;
    for (const struct wake *w; (w = next_wake(&all)) != NULL; j->steps++) {
        if (all.epoch == NULL || all.epoch->serial != serial)
            continue;
        uint32_t how = needs(j->record, w, a->held, (a->how & HOW_SHARED) != 0);
        x.first &= met || w == wake;
        met |= w == wake;
        x.needs &= how != 0;
        x.proven |= (how & WAKE_PROVEN) != 0;
        x.in_hand |= held_find_lock(j->record, w->path, a->held) != 0;
        x.times += w->times;
        x.locks = locks_of(w) > x.locks ? locks_of(w) : x.locks;
        x.overlaps |= epochs_overlap(&j->epochs, a->epoch, w->epoch);
    }
    return x;
}

/* What those who have woken its waiters so far do, as the one who waits in a->epoch sees it. */
struct crowd {
    unsigned others, needing, overlapping;
    bool own, own_needs; /* the one who waits has done it, too */
    bool passes;         /* units go round: some take and post them */
    bool unknown;        /* or one of them needs it not */
};

static struct crowd crowd_of(struct judging *j, uint32_t lock, const struct await *a, uint32_t serial)
{
    struct crowd c = {.own = false};
    struct wakes all = wakes_of(j->record, lock);
    const struct wake_rule *rule = rule_of(record_lock(j->record, lock));
    bool every = rule->quorum != QUORUM_MISSING && (rule->wakers & WAKERS_JOINED) == 0;
    for (const struct wake *w; (w = next_wake(&all)) != NULL && j->steps < STEPS_MOST; j->steps++) {
        bool own = all.epoch != NULL && all.epoch->serial == serial;
        if (all.epoch == NULL || (every && !own && needs(j->record, w, a->held, (a->how & HOW_SHARED) != 0) == 0))
            return c.unknown = true, c;
        struct waker x = waker_of(j, w, a, all.epoch->serial);
        c.passes |= w->waited != 0;
        if (!x.first)
            continue;
        bool counts = x.needs && x.proven && !is_chance(record_lock(j->record, lock), &x);
        if (own) {
            c.own = true;
            c.own_needs = counts;
            continue;
        }
        c.others++;
        c.needing += counts;
        c.overlapping += counts && x.overlaps;
    }
    c.unknown = all.steps > WAKES_MOST || j->steps >= STEPS_MOST;
    return c;
}

/*
 * Whether nobody comes while the lock is held. Of a barrier, whether too few do: it takes all others. A join is waited
 * for one thread alone, though a lock stands for all of a routine.
 */
static bool nobody_comes(const struct lock *lock, const struct crowd *c)
{
    const struct wake_rule *rule = rule_of(lock);
    bool known = (lock->traits & TRAIT_VALUE_KNOWN) != 0;
    if ((rule->wakers & WAKERS_JOINED) != 0)
        return c->needing > 0;
    if (rule->quorum == QUORUM_MISSING && known)
        return c->needing > 0 && c->others - c->needing + 1 < lock->value;
    if (lock->kind == KIND_SEMAPHORE && (!known || lock->value > 0) && (c->own || c->passes))
        return false;
    return c->needing == c->others;
}

/* --- waits --- */

/* A unit of a semaphore that turned out to be a signal was waited for, and nobody holds it. */
static const struct lock *awaited(const struct record *r, const struct hold *h)
{
    const struct lock *lock = record_lock(r, h->lock);
    if (lock == NULL || h->parent == 0 || (h->how & (HOW_TRIED | HOW_REBUILT)) != 0)
        return NULL;
    uint32_t traits = lock->traits;
    if ((traits & (TRAIT_WAKER_UNKNOWN | TRAIT_WAKES_MISSING | TRAIT_SHARED)) != 0 || lock->first_wake == 0)
        return NULL;
    if (lock->kind == KIND_SEMAPHORE)
        return (traits & TRAIT_EVENT) != 0 && (traits & TRAIT_POSTED) == 0 ? lock : NULL;
    return (h->how & HOW_WAIT) != 0 ? lock : NULL;
}

/* Whether who has it keeps others out: a semaphore does so if it has one unit. */
static bool excludes(const struct lock *lock)
{
    if (lock == NULL || lock->kind != KIND_SEMAPHORE)
        return lock != NULL && (lock->kind == KIND_MUTEX || lock->kind == KIND_RWLOCK || lock->kind == KIND_SPINLOCK);
    return (lock->traits & (TRAIT_EVENT | TRAIT_VALUE_KNOWN)) == TRAIT_VALUE_KNOWN && lock->value == 1;
}

static bool is_worse(const struct await *a, const struct await *b)
{
    return a->hold != 0 && (b->hold == 0 || (a->reason == REASON_NONE && b->reason != REASON_NONE));
}

/* How it stands with one lock in hand, and one thread that waited. */
static void judge_held(struct judging *j, struct await *a)
{
    const struct hold *h = record_hold(j->record, a->hold);
    const struct lock *lock = record_lock(j->record, h->lock);
    const struct epoch *e = record_item(j->record, TABLE_EPOCHS, a->epoch);
    struct crowd c = {.unknown = true};
    if (e != NULL)
        c = crowd_of(j, h->lock, a, e->serial);
    bool alone = c.others == 0 && c.own && c.own_needs && lock->kind == KIND_SEMAPHORE;
    if (c.unknown || (!alone && (c.others == 0 || !nobody_comes(lock, &c)))) {
        a->hold = 0;
        return;
    }
    if (alone)
        a->reason = REASON_SINGLE_THREAD;
    else if (c.overlapping == 0)
        a->reason = REASON_ORDERED;
    else
        a->reason = (h->how & HOW_TIMED) != 0 ? REASON_TIMED : REASON_NONE;
}

static struct await judge_wait(struct judging *j, uint32_t id)
{
    const struct hold *wait = record_hold(j->record, id);
    struct await worst = {.hold = 0};
    struct held_walk holding;
    held_begin(&holding, j->record, wait->parent);
    const struct held *h;
    for (unsigned n = 0; n < HELD_MOST && (h = held_next(&holding)) != NULL; n++) {
        if (h->lock == wait->lock || !excludes(record_lock(j->record, h->lock)))
            continue;
        const struct acquisition *t;
        uint32_t next = wait->first_acquisition;
        for (unsigned k = 0; k < ACQUISITIONS_MOST && (t = record_item(j->record, TABLE_ACQUISITIONS, next)) != NULL;
             k++) {
            struct await a = {.hold = id, .held = h->lock, .how = h->how, .epoch = t->epoch};
            judge_held(j, &a);
            if (is_worse(&a, &worst))
                worst = a;
            next = t->next;
        }
    }
    return worst;
}

/* --- what is one finding --- */

/* There is room: no more than half of them are ever taken. */
static struct place *find_place(const struct places *p, uint64_t site, uint32_t lock)
{
    uint32_t i = (uint32_t)((site ^ (uint64_t)lock << 40) * 0x9E3779B97F4A7C15u >> 32) & p->mask;
    while (p->place[i].count != 0 && (p->place[i].site != site || p->place[i].lock != lock))
        i = (i + 1) & p->mask;
    return &p->place[i];
}

static struct place *get_place(const struct places *p, uint64_t site, uint32_t lock)
{
    struct place *at = find_place(p, site, lock);
    at->site = site;
    at->lock = lock;
    return at;
}

static void merge(struct place *to, const struct await *a, uint32_t times, uint32_t count)
{
    if (is_worse(a, &to->worst))
        to->worst = *a;
    to->times += times;
    to->count += count;
}

/* The first lock that was made at the same place as this one stands for all of them. */
static uint32_t likeness(const struct record *r, uint32_t id)
{
    const struct lock *lock = record_lock(r, id);
    return lock->created != 0 ? lock->created | 1u << 31 : id;
}

static bool begin(struct judging *j, const struct record *r)
{
    uint32_t used = record_used(r, TABLE_HOLDS), waits = 0, size = 16;
    *j = (struct judging){.record = r};
    for (uint32_t id = 1; id < used; id++)
        waits += awaited(r, record_hold(r, id)) != NULL;
    while (size < 2 * waits && size < 1u << 30)
        size *= 2;
    if (waits == 0 || waits > size / 2 || !epochs_begin(&j->epochs, r, &j->pages))
        return false;
    j->each = (struct places){pages_get(&j->pages, size, sizeof(struct place)), size - 1};
    j->alike = (struct places){pages_get(&j->pages, size, sizeof(struct place)), size - 1};
    return j->each.place != NULL && j->alike.place != NULL;
}

static void gather(struct judging *j)
{
    uint32_t used = record_used(j->record, TABLE_HOLDS), left = j->each.mask / 2;
    for (uint32_t id = 1; id < used && left > 0; id++) {
        const struct hold *h = record_hold(j->record, id);
        if (awaited(j->record, h) == NULL)
            continue;
        left--;
        struct await a = judge_wait(j, id);
        if (a.hold == 0)
            continue;
        struct place *p = get_place(&j->each, record_site(j->record, h->stack), h->lock);
        merge(p, &a, h->count, p->count == 0);
    }
    for (uint32_t i = 0; i <= j->each.mask; i++) {
        const struct place *p = &j->each.place[i];
        if (p->count != 0)
            merge(get_place(&j->alike, p->site, likeness(j->record, p->lock)), &p->worst, p->times, 1);
    }
}

/* --- telling --- */

static struct side side_of(const struct record *r, uint32_t epoch)
{
    const struct epoch *e = record_item(r, TABLE_EPOCHS, epoch);
    struct side s = {.thread = e->thread, .serial = e->serial};
    memcpy(s.name, e->name, sizeof s.name);
    return s;
}

static struct want want_of(const struct record *r, uint32_t lock, uint32_t stack)
{
    const struct lock *l = record_lock(r, lock);
    return (struct want){
        .address = l->address, .site = record_site(r, stack), .lock = lock, .stack = stack, .kind = l->kind};
}

static struct side waiter_side(const struct record *r, const struct place *p)
{
    const struct hold *h = record_hold(r, p->worst.hold);
    struct side s = side_of(r, p->worst.epoch);
    s.path = h->parent;
    s.held = p->worst.held;
    s.times = p->times;
    s.want = want_of(r, h->lock, h->stack);
    s.want.how = (h->how & HOW_TIMED) != 0 ? WANT_TIMED : 0;
    return s;
}

static struct side waker_side(const struct record *r, const struct wake *w, uint32_t held, uint32_t how)
{
    struct side s = side_of(r, w->epoch);
    s.path = w->path;
    s.times = w->times;
    s.want = want_of(r, held, w->stack);
    s.want.how = (how & WAKE_SHARED) != 0 ? WANT_SHARED : 0;
    return s;
}

/* Into a run of sides in order of their serials; what a thread did in several epochs is one side. */
static uint32_t add_side(struct side *side, uint32_t count, const struct side *s)
{
    uint32_t at = 1;
    while (at < count && side[at].serial < s->serial)
        at++;
    if (at < count && side[at].serial == s->serial) {
        side[at].times += s->times;
        return count;
    }
    if (count == SIDES)
        return count;
    memmove(&side[at + 1], &side[at], (count - at) * sizeof *side);
    side[at] = *s;
    return count + 1;
}

/* A join was for the thread that is told of next. */
static void join_side(struct side *waiter, const struct side *joined)
{
    waiter->want.address = 0;
    waiter->want.lock = 0;
    waiter->want.thread = joined->thread;
    waiter->want.thread_serial = joined->serial;
}

static bool tell(struct judging *j, const struct place *p, wait_holding_found *found, void *context)
{
    const struct record *r = j->record;
    const struct await *a = &p->worst;
    uint32_t awaited_lock = record_hold(r, a->hold)->lock, count = 1;
    bool join = record_lock(r, awaited_lock)->kind == KIND_THREAD;
    struct side side[SIDES] = {waiter_side(r, p)};
    struct wakes all = wakes_of(r, awaited_lock);
    for (const struct wake *w; (w = next_wake(&all)) != NULL && all.epoch != NULL && !(join && count > 1);) {
        uint32_t how = needs(r, w, a->held, (a->how & HOW_SHARED) != 0);
        bool own = all.epoch->serial == side[0].serial;
        if (how == 0 || own != (a->reason == REASON_SINGLE_THREAD))
            continue;
        if (join && a->reason != REASON_ORDERED && !epochs_overlap(&j->epochs, a->epoch, w->epoch))
            continue;
        struct side s = waker_side(r, w, a->held, how);
        count = add_side(side, count, &s);
    }
    if (count == 1)
        return true;
    if (join)
        join_side(&side[0], &side[1]);
    struct finding f = {.kind = FINDING_WAIT_HOLDING,
                        .severity = a->reason == REASON_NONE ? SEVERITY_WARNING : SEVERITY_NOTE,
                        .reason = a->reason,
                        .sides = count,
                        .cycle = 2,
                        .side = side,
                        .count = p->count};
    return found(context, &f);
}

/* In the order in which the waits were met first. */
static unsigned tell_all(struct judging *j, wait_holding_found *found, void *context)
{
    uint32_t used = record_used(j->record, TABLE_HOLDS);
    unsigned told = 0;
    bool more = true;
    for (uint32_t id = 1; id < used && more; id++) {
        const struct hold *h = record_hold(j->record, id);
        if (awaited(j->record, h) == NULL)
            continue;
        const struct place *p = find_place(&j->alike, record_site(j->record, h->stack), likeness(j->record, h->lock));
        if (p->count == 0 || p->worst.hold != id)
            continue;
        more = tell(j, p, found, context);
        told++;
    }
    return told;
}

unsigned wait_holding_judge(const struct record *r, wait_holding_found *found, void *context)
{
    struct judging j;
    unsigned told = 0;
    if (begin(&j, r)) {
        gather(&j);
        told = tell_all(&j, found, context);
    }
    pages_free(&j.pages);
    return told;
}
