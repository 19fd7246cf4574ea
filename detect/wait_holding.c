#include "detect/wait_holding.h"

#include "detect/held.h"
#include "detect/waker_locksets.h"

#include <string.h>

enum {
    SIDES_MOST = 17, /* the thread that waited, and as many wakers as are reported */
    HELD_MOST = 32,  /* innermost locks that are looked at */
};

/* A wait by one thread while it holds one lock, as judged. */
struct wait_verdict {
    uint32_t node; /* hold: the wait; 0: nothing is wrong with it */
    struct held_wait wait;
    enum finding_reason reason; /* why it is no more than a note */
};

/* All waits for one lock, or for locks that are alike, at one place. */
struct wait_place {
    uint64_t site;
    uint32_t lock;
    uint32_t times, count;
    struct wait_verdict worst;
};

struct wait_places {
    struct wait_place *place;
    uint32_t mask;
};

struct wait_judging {
    const struct record *record;
    struct pages pages;
    struct epochs epochs;
    struct wait_places each, alike;
    uint64_t steps;
};

/* --- which holds are waits, and how bad they are --- */

static bool keeps_others_out(const struct lock *lock)
{
    return held_capacity(lock) == 1 && !kind_is_once(lock->kind);
}

static bool is_worse(const struct wait_verdict *a, const struct wait_verdict *b)
{
    return a->node != 0 && (b->node == 0 || (a->reason == REASON_NONE && b->reason != REASON_NONE));
}

static struct wait_verdict judge_held_wait(struct wait_judging *j, uint32_t node, const struct held_wait *w)
{
    const struct lock *lock = record_lock(j->record, w->lock);
    struct wait_verdict v = {.node = node, .wait = *w};
    struct known_wakers k = known_wakers_of(&j->epochs, w, &j->steps);
    bool alone = k.others == 0 && k.own && k.own_needs && lock->kind == KIND_SEMAPHORE;
    if (k.unknown || (!alone && (k.others == 0 || !known_wakers_are_blocked(lock, &k))))
        v.node = 0;
    else if (alone)
        v.reason = REASON_SINGLE_THREAD;
    else if (k.overlapping == 0)
        v.reason = REASON_ORDERED;
    else
        v.reason = (record_hold(j->record, node)->how & HOW_TIMED) != 0 ? REASON_TIMED : REASON_NONE;
    return v;
}

/* The worst of a wait while one lock is held, over the threads that did it. */
static void judge_held_lock(struct wait_judging *j, uint32_t node, const struct held *held, struct wait_verdict *worst)
{
    const struct hold *h = record_hold(j->record, node);
    const struct acquisition *a;
    uint32_t id = h->first_acquisition;
    for (unsigned n = 0; n < ACQUISITIONS_MOST && (a = record_item(j->record, TABLE_ACQUISITIONS, id)) != NULL; n++) {
        const struct epoch *e = record_item(j->record, TABLE_EPOCHS, a->epoch);
        id = a->next;
        if (e == NULL)
            continue;
        const struct held_wait w = {.lock = h->lock,
                                    .held = held->lock,
                                    .serial = e->serial,
                                    .epoch = a->epoch,
                                    .shared = (held->how & HOW_SHARED) != 0};
        struct wait_verdict v = judge_held_wait(j, node, &w);
        if (is_worse(&v, worst))
            *worst = v;
    }
}

static struct wait_verdict judge_wait(struct wait_judging *j, uint32_t node)
{
    const struct hold *wait = record_hold(j->record, node);
    struct wait_verdict worst = {.node = 0};
    struct held_walk walk;
    const struct held *h;
    held_begin(&walk, j->record, wait->parent);
    for (unsigned n = 0; n < HELD_MOST && (h = held_next(&walk)) != NULL; n++)
        if (h->lock != wait->lock && keeps_others_out(record_lock(j->record, h->lock)))
            judge_held_lock(j, node, h, &worst);
    return worst;
}

/* --- which waits are one finding --- */

/* There is room: no more than half of the places are ever used. */
static struct wait_place *find_place(const struct wait_places *p, uint64_t site, uint32_t lock)
{
    uint32_t i = (uint32_t)((site ^ (uint64_t)lock << 40) * 0x9E3779B97F4A7C15u >> 32) & p->mask;
    while (p->place[i].count != 0 && (p->place[i].site != site || p->place[i].lock != lock))
        i = (i + 1) & p->mask;
    return &p->place[i];
}

static void add_to_place(const struct wait_places *p, uint64_t site, uint32_t lock, const struct wait_verdict *v,
                         uint32_t times, bool another)
{
    struct wait_place *at = find_place(p, site, lock);
    at->site = site;
    at->lock = lock;
    if (is_worse(v, &at->worst))
        at->worst = *v;
    at->times += times;
    at->count += another || at->count == 0;
}

/* Locks that were initialised at one place are alike, a static one is like no other. */
static uint32_t likeness_of(const struct record *r, uint32_t id)
{
    const struct lock *lock = record_lock(r, id);
    return lock->created != 0 ? lock->created | 1u << 31 : id;
}

static bool begin_judging(struct wait_judging *j, const struct record *r)
{
    uint32_t used = record_used(r, TABLE_HOLDS), waits = 0, size = 16;
    *j = (struct wait_judging){.record = r};
    for (uint32_t id = 1; id < used; id++)
        waits += wake_awaited(r, record_hold(r, id)) != NULL;
    while (size < 2 * waits && size < 1u << 30)
        size *= 2;
    if (waits == 0 || waits > size / 2 || !epochs_begin(&j->epochs, r, &j->pages))
        return false;
    j->each = (struct wait_places){pages_get(&j->pages, size, sizeof(struct wait_place)), size - 1};
    j->alike = (struct wait_places){pages_get(&j->pages, size, sizeof(struct wait_place)), size - 1};
    return j->each.place != NULL && j->alike.place != NULL;
}

static void find_places(struct wait_judging *j)
{
    uint32_t used = record_used(j->record, TABLE_HOLDS), left = j->each.mask / 2;
    for (uint32_t id = 1; id < used && left > 0; id++) {
        const struct hold *h = record_hold(j->record, id);
        if (wake_awaited(j->record, h) == NULL)
            continue;
        left--;
        struct wait_verdict v = judge_wait(j, id);
        if (v.node != 0)
            add_to_place(&j->each, record_site(j->record, h->stack), h->lock, &v, h->count, false);
    }
    for (uint32_t i = 0; i <= j->each.mask; i++) {
        const struct wait_place *p = &j->each.place[i];
        if (p->count != 0)
            add_to_place(&j->alike, p->site, likeness_of(j->record, p->lock), &p->worst, p->times, true);
    }
}

/* --- a place becomes a finding --- */

static struct side side_of_epoch(const struct record *r, uint32_t epoch)
{
    const struct epoch *e = record_item(r, TABLE_EPOCHS, epoch);
    struct side s = {.thread = e->thread, .serial = e->serial};
    memcpy(s.name, e->name, sizeof s.name);
    return s;
}

static struct want want_of_lock(const struct record *r, uint32_t lock, uint32_t stack)
{
    const struct lock *l = record_lock(r, lock);
    return (struct want){
        .address = l->address, .site = record_site(r, stack), .lock = lock, .stack = stack, .kind = l->kind};
}

static struct side waiter_side(const struct record *r, const struct wait_place *p)
{
    const struct hold *h = record_hold(r, p->worst.node);
    struct side s = side_of_epoch(r, p->worst.wait.epoch);
    s.path = h->parent;
    s.held = p->worst.wait.held;
    s.times = p->times;
    s.want = want_of_lock(r, h->lock, h->stack);
    s.want.how = (h->how & HOW_TIMED) != 0 ? WANT_TIMED : 0;
    return s;
}

/* Insert by serial, behind side 0; what a thread did in several epochs is one side. */
static uint32_t insert_waker(struct side *side, uint32_t count, const struct side *s)
{
    uint32_t at = 1;
    while (at < count && side[at].serial < s->serial)
        at++;
    if (at < count && side[at].serial == s->serial) {
        side[at].times += s->times;
        return count;
    }
    if (count == SIDES_MOST)
        return count;
    memmove(&side[at + 1], &side[at], (count - at) * sizeof *side);
    side[at] = *s;
    return count + 1;
}

/* The wakers of a wait that need the lock it holds, behind side 0; of a join one. How many sides there are then. */
static uint32_t insert_wakers(struct wait_judging *j, const struct wait_verdict *v, bool join, struct side *side)
{
    const struct record *r = j->record;
    const struct held_wait *wait = &v->wait;
    uint32_t count = 1;
    struct wake_walk all = wake_walk_begin(r, wait->lock);
    for (const struct wake *w; (w = wake_walk_next(&all)) != NULL && all.epoch != NULL && !(join && count > 1);) {
        uint32_t how = wake_needs(r, w, wait->held, wait->shared);
        bool own = all.epoch->serial == side[0].serial;
        if (how == 0 || own != (v->reason == REASON_SINGLE_THREAD))
            continue;
        if (join && v->reason != REASON_ORDERED && !epochs_overlap(&j->epochs, wait->epoch, w->epoch))
            continue;
        struct side s = wake_side(r, w, wait->held, how);
        count = insert_waker(side, count, &s);
    }
    return count;
}

static bool report_place(struct wait_judging *j, const struct wait_place *p, wait_holding_found *found, void *context)
{
    const struct record *r = j->record;
    enum finding_reason reason = p->worst.reason;
    bool join = record_lock(r, p->worst.wait.lock)->kind == KIND_THREAD;
    struct side side[SIDES_MOST] = {waiter_side(r, p)};
    uint32_t count = insert_wakers(j, &p->worst, join, side);
    if (count == 1)
        return true;
    if (join) { /* it was for the thread of side 1 */
        side[0].want.address = 0;
        side[0].want.lock = 0;
        side[0].want.thread = side[1].thread;
        side[0].want.thread_serial = side[1].serial;
    }
    struct finding f = {.kind = FINDING_WAIT_HOLDING,
                        .severity = reason == REASON_NONE ? SEVERITY_WARNING : SEVERITY_NOTE,
                        .reason = reason,
                        .sides = count,
                        .cycle = 2,
                        .side = side,
                        .count = p->count};
    return found(context, &f);
}

/* In the order in which the waits came about. */
static unsigned report_places(struct wait_judging *j, wait_holding_found *found, void *context)
{
    uint32_t used = record_used(j->record, TABLE_HOLDS);
    unsigned reported = 0;
    bool more = true;
    for (uint32_t id = 1; id < used && more; id++) {
        const struct hold *h = record_hold(j->record, id);
        if (wake_awaited(j->record, h) == NULL)
            continue;
        const struct wait_place *p =
            find_place(&j->alike, record_site(j->record, h->stack), likeness_of(j->record, h->lock));
        if (p->count == 0 || p->worst.node != id)
            continue;
        more = report_place(j, p, found, context);
        reported++;
    }
    return reported;
}

unsigned wait_holding_judge(const struct record *r, wait_holding_found *found, void *context)
{
    struct wait_judging j;
    unsigned reported = 0;
    if (begin_judging(&j, r)) {
        find_places(&j);
        reported = report_places(&j, found, context);
    }
    pages_free(&j.pages);
    return reported;
}
