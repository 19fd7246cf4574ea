#include "detect/order/wait_orders.h"

#include "detect/held.h"
#include "detect/wake_rules.h"
#include "detect/waker_locksets.h"

enum {
    STEPS_MOST = 1 << 26,
    ORDERS_MOST = 1 << 18,
    THREADS_LACK = 2, /* so many threads that do not need a lock are too many: one may be the one that waits */
};

struct wait_order {
    uint32_t node, lock;
    uint32_t first, count; /* its candidates, once they were asked for */
    bool judged;
};

void wait_orders_begin(struct wait_orders *w, const struct record *r, struct pages *p)
{
    *w = (struct wait_orders){.record = r, .pages = p, .locks = record_used(r, TABLE_LOCKS)};
}

static bool is_ready(struct wait_orders *w)
{
    if (!w->begun) {
        w->begun = true;
        w->asked = pages_get(w->pages, w->locks, sizeof *w->asked);
        if (w->asked != NULL && !epochs_begin(&w->epochs, w->record, w->pages))
            w->asked = NULL;
    }
    w->incomplete |= w->asked == NULL || w->steps > STEPS_MOST;
    return !w->incomplete;
}

/* --- which locks wakers need --- */

static bool any_will_do(const struct lock *awaited)
{
    const struct wake_rule *rule = wake_rule(awaited->kind, false, awaited->traits);
    return rule->quorum == QUORUM_ONE && (rule->wakers & WAKERS_JOINED) == 0;
}

/* Whether all threads but one that woke there need the lock, or, where each of them is needed, any. */
static bool is_needed(struct wait_orders *w, uint32_t awaited, bool all, uint32_t lock)
{
    struct wake_walk wakes = wake_walk_begin(w->record, awaited);
    uint32_t lacks = 0, but = 0;
    bool any = false;
    for (const struct wake *wake; (wake = wake_walk_next(&wakes)) != NULL; w->steps++) {
        uint32_t serial = wakes.epoch == NULL ? 0 : wakes.epoch->serial;
        bool needs = wake_needs(w->record, wake, lock, false) != 0;
        any |= needs;
        if (needs || !all || (lacks > 0 && but == serial))
            continue;
        but = serial;
        if (++lacks == THREADS_LACK)
            return false;
    }
    return any;
}

/* Of all wakes, or of those by threads that were joined while `joined` was held. */
static uint32_t gather(struct wait_orders *w, uint32_t awaited, uint32_t joined, uint32_t lock[WAIT_ORDERS_NEEDED])
{
    const bool all = any_will_do(record_lock(w->record, awaited));
    struct wake_walk wakes = wake_walk_begin(w->record, awaited);
    uint32_t count = 0, seen[WAIT_ORDERS_NEEDED], asked = 0;
    for (const struct wake *wake; (wake = wake_walk_next(&wakes)) != NULL && asked < WAIT_ORDERS_NEEDED; w->steps++)
        for (int i = 0; i < WAKE_HELD && (joined == 0 || wake->path == joined) && asked < WAIT_ORDERS_NEEDED; i++) {
            uint32_t needed = wake->held[i].lock, k = 0;
            if (needed == 0 || record_lock(w->record, needed) == NULL)
                continue;
            while (k < asked && seen[k] != needed)
                k++;
            if (k < asked)
                continue;
            seen[asked++] = needed;
            if (is_needed(w, awaited, all, needed))
                lock[count++] = needed;
        }
    return count;
}

static bool has_room_for_needs(struct wait_orders *w, uint32_t more)
{
    while (w->needs_room - w->needs < more) {
        uint32_t room = w->needs_room == 0 ? 1024 : w->needs_room * 2;
        uint32_t *needed = pages_more(w->pages, w->needed, room, sizeof *needed);
        if (needed == NULL)
            return false;
        w->needed = needed;
        w->needs_room = room;
    }
    return true;
}

/* What is said of a lock is kept. */
static uint32_t needed_of(struct wait_orders *w, uint32_t awaited, uint32_t lock[WAIT_ORDERS_NEEDED])
{
    if (w->asked[awaited] == 0) {
        uint32_t found = gather(w, awaited, 0, lock);
        if (!has_room_for_needs(w, found + 1)) {
            w->incomplete = true;
            return 0;
        }
        w->asked[awaited] = 1 + w->needs;
        w->needed[w->needs++] = found;
        for (uint32_t i = 0; i < found; i++)
            w->needed[w->needs++] = lock[i];
    }
    const uint32_t *kept = &w->needed[w->asked[awaited] - 1];
    for (uint32_t i = 0; i < kept[0]; i++)
        lock[i] = kept[1 + i];
    return kept[0];
}

uint32_t wait_orders_needed(struct wait_orders *w, uint32_t node, uint32_t lock[WAIT_ORDERS_NEEDED])
{
    const struct hold *h = record_hold(w->record, node);
    const struct lock *awaited = h == NULL ? NULL : wake_awaited(w->record, h);
    if (awaited == NULL || h->lock >= w->locks || !is_ready(w))
        return 0;
    bool join = awaited->kind == KIND_THREAD;
    uint32_t count = join ? gather(w, h->lock, h->parent, lock) : needed_of(w, h->lock, lock);
    for (uint32_t i = 0; i < count; i++, w->steps += h->depth)
        if (held_find_lock(w->record, h->parent, lock[i]) != 0)
            return 0;
    return count;
}

/* --- the orders --- */

uint32_t wait_orders_add(struct wait_orders *w, uint32_t node, uint32_t lock)
{
    if (w->orders > 0 && w->order[w->orders - 1].node == node && w->order[w->orders - 1].lock == lock)
        return w->orders;
    if (w->orders == w->orders_room) {
        uint32_t room = w->orders_room == 0 ? 256 : w->orders_room * 2;
        struct wait_order *order =
            w->orders == ORDERS_MOST ? NULL : pages_more(w->pages, w->order, room, sizeof *order);
        if (order == NULL) {
            w->incomplete = true;
            return 0;
        }
        w->order = order;
        w->orders_room = room;
    }
    w->order[w->orders] = (struct wait_order){.node = node, .lock = lock};
    return ++w->orders;
}

/* How the wakers want the lock if another thread holds it, for reading or not; false: they do not all wait for it. */
static bool is_blocking(struct wait_orders *w, struct held_wait *wait, uint8_t *want)
{
    const struct lock *awaited = record_lock(w->record, wait->lock);
    for (int exclusive = 1; exclusive >= 0; exclusive--) {
        wait->shared = exclusive != 0;
        struct known_wakers k = known_wakers_of(&w->epochs, wait, &w->steps);
        if (k.unknown || k.others == 0 || !known_wakers_are_blocked(awaited, &k))
            continue;
        *want = exclusive != 0 ? 0 : HOW_SHARED;
        return true;
    }
    return false;
}

static bool has_room_for_candidates(struct wait_orders *w, uint32_t more)
{
    while (w->candidates_room - w->candidates < more) {
        uint32_t room = w->candidates_room == 0 ? 256 : w->candidates_room * 2;
        struct order_candidate *candidate = pages_more(w->pages, w->candidate, room, sizeof *candidate);
        if (candidate == NULL)
            return false;
        w->candidate = candidate;
        w->candidates_room = room;
    }
    return true;
}

static void judge(struct wait_orders *w, uint32_t via)
{
    struct wait_order *o = &w->order[via - 1];
    const struct hold *h = record_hold(w->record, o->node);
    o->judged = true;
    o->first = w->candidates;
    if (h == NULL || wake_awaited(w->record, h) == NULL || !is_ready(w) ||
        !has_room_for_candidates(w, CANDIDATES_NODE)) {
        w->incomplete = true;
        return;
    }
    struct order_candidate c = candidates_of_node(w->record, o->node, h), *found = &w->candidate[w->candidates];
    const bool join = record_lock(w->record, h->lock)->kind == KIND_THREAD;
    struct held_wait wait = {.lock = h->lock, .held = o->lock, .through = true, .joined = join ? h->parent : 0};
    c.lock = o->lock;
    c.via = via;
    uint32_t all = candidates_add(w->record, c, found, CANDIDATES_NODE);
    for (uint32_t i = 0; i < all; i++) {
        uint8_t want;
        wait.serial = found[i].serial;
        wait.epoch = found[i].epoch;
        if (!is_blocking(w, &wait, &want))
            continue;
        found[o->count] = found[i];
        found[o->count++].want = (uint8_t)(want | (c.want & HOW_TIMED));
    }
    w->candidates += o->count;
}

const struct order_candidate *wait_orders_candidates(struct wait_orders *w, uint32_t via, uint32_t *count)
{
    if (via == 0 || via > w->orders) {
        *count = 0;
        return NULL;
    }
    if (!w->order[via - 1].judged)
        judge(w, via);
    *count = w->order[via - 1].count;
    return w->candidate == NULL ? NULL : &w->candidate[w->order[via - 1].first];
}

uint32_t wait_orders_wakers(struct wait_orders *w, const struct order_candidate *c, struct order_candidate *to,
                            uint32_t room)
{
    const struct hold *h = record_hold(w->record, c->node);
    const struct lock *awaited = h == NULL ? NULL : wake_awaited(w->record, h);
    uint32_t count = 0;
    if (awaited == NULL)
        return 0;
    struct wake_walk wakes = wake_walk_begin(w->record, h->lock);
    for (const struct wake *wake; (wake = wake_walk_next(&wakes)) != NULL && count < room; w->steps++) {
        bool meant = awaited->kind != KIND_THREAD || wake->path == h->parent;
        uint32_t how = wake_needs(w->record, wake, c->lock, (c->want & HOW_SHARED) == 0);
        if (wakes.epoch == NULL || !meant || how == 0)
            continue;
        to[count] = (struct order_candidate){.site = record_site(w->record, wake->stack),
                                             .lock = c->lock,
                                             .epoch = wake->epoch,
                                             .wake = wakes.id,
                                             .want = (how & WAKE_SHARED) != 0 ? HOW_SHARED : 0};
        candidates_set_thread(w->record, &to[count++], wakes.epoch);
    }
    return count;
}
