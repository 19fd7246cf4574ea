#include "detect/order/declared.h"

#include "detect/held.h"
#include "detect/pages.h"

#include <string.h>

enum { PAIRS_MOST = 1024, FOUND_MOST = 1024 };

struct declared {
    const struct record *record;
    struct pages pages;
    uint32_t locks;
    uint32_t *first_pair; /* by lock: the newest pair that it is first of; 1 + index, 0: none */
    uint32_t *reached_by; /* by lock: 1 + the pair that led there in the search at hand */
    uint32_t pairs, pair[PAIRS_MOST], next[PAIRS_MOST]; /* pair: hold, of the second lock; next: of the same first */
    uint32_t queue[PAIRS_MOST + 1], queued;
    struct side side[PAIRS_MOST + 1];
    uint32_t founds, seen[FOUND_MOST]; /* holds */
};

static uint32_t second_of(const struct declared *d, uint32_t pair)
{
    return record_hold(d->record, d->pair[pair])->lock;
}

static uint32_t first_of(const struct declared *d, uint32_t pair)
{
    return record_hold(d->record, record_hold(d->record, d->pair[pair])->parent)->lock;
}

/* --- what is declared --- */

static void add_pair(struct declared *d, uint32_t node)
{
    const struct hold *h = record_hold(d->record, node), *before = record_hold(d->record, h->parent);
    if (before == NULL || before->lock == 0 || before->lock >= d->locks || h->lock == 0 || h->lock >= d->locks ||
        d->pairs == PAIRS_MOST)
        return;
    d->pair[d->pairs] = node;
    d->next[d->pairs++] = d->first_pair[before->lock];
    d->first_pair[before->lock] = d->pairs;
}

static bool find_pairs(struct declared *d)
{
    uint32_t used = record_used(d->record, TABLE_HOLDS);
    for (uint32_t id = 1; id < used; id++) {
        const struct hold *h = record_hold(d->record, id);
        if ((h->how & HOW_DECLARED) == 0 || h->parent == 0)
            continue;
        if (d->first_pair == NULL) {
            d->first_pair = pages_get(&d->pages, d->locks, sizeof *d->first_pair);
            d->reached_by = pages_get(&d->pages, d->locks, sizeof *d->reached_by);
        }
        if (d->first_pair == NULL || d->reached_by == NULL)
            return false;
        add_pair(d, id);
    }
    return d->pairs > 0;
}

/* Whatever is to come after a lock, in reached_by[]; the queue keeps what has to be forgotten again. */
static void reach_from(struct declared *d, uint32_t lock)
{
    d->queued = 0;
    d->queue[d->queued++] = lock;
    for (uint32_t i = 0; i < d->queued; i++)
        for (uint32_t p = d->first_pair[d->queue[i]]; p != 0; p = d->next[p - 1]) {
            uint32_t second = second_of(d, p - 1);
            if (second == lock || d->reached_by[second] != 0 || d->queued > PAIRS_MOST)
                continue;
            d->reached_by[second] = p;
            d->queue[d->queued++] = second;
        }
}

static void forget_reached(struct declared *d)
{
    for (uint32_t i = 0; i < d->queued; i++)
        d->reached_by[d->queue[i]] = 0;
}

/* --- what is against it --- */

static struct side make_side(const struct record *r, uint32_t node, uint32_t held)
{
    const struct hold *h = record_hold(r, node);
    const struct acquisition *a = record_item(r, TABLE_ACQUISITIONS, h->first_acquisition);
    const struct epoch *e = a == NULL ? NULL : record_item(r, TABLE_EPOCHS, a->epoch);
    const struct lock *l = record_lock(r, h->lock);
    struct side s = {.path = h->parent, .held = held, .times = h->count};
    s.want = (struct want){.address = h->address,
                           .site = record_site(r, h->stack),
                           .lock = h->lock,
                           .stack = h->stack,
                           .kind = l == NULL ? KIND_NONE : l->kind,
                           .path = h->parent};
    s.want.how = ((h->how & HOW_SHARED) != 0 ? WANT_SHARED : 0) | ((h->how & HOW_TIMED) != 0 ? WANT_TIMED : 0) |
                 ((h->how & HOW_DECLARED) != 0 ? WANT_DECLARED : 0);
    if (e != NULL) {
        s.thread = e->thread;
        s.serial = e->serial;
        memcpy(s.name, e->name, sizeof s.name);
    }
    return s;
}

/* Whether the same call, with the same two locks, was found before. */
static bool is_known(const struct declared *d, uint32_t node, uint32_t held)
{
    const struct hold *h = record_hold(d->record, node);
    for (uint32_t i = 0; i < d->founds; i++) {
        const struct hold *other = record_hold(d->record, d->seen[i]);
        if (other->lock == h->lock && record_site(d->record, other->stack) == record_site(d->record, h->stack) &&
            held_find(d->record, other->parent, record_lock(d->record, held)->address) != 0)
            return true;
    }
    return false;
}

/* The first side, and the declarations from the lock it wants to the one it holds. */
static uint32_t fill_sides(struct declared *d, uint32_t node, uint32_t held)
{
    uint32_t wanted = record_hold(d->record, node)->lock, count = 1;
    d->side[0] = make_side(d->record, node, held);
    for (uint32_t at = held; at != wanted && count <= PAIRS_MOST; at = first_of(d, d->reached_by[at] - 1))
        count++;
    uint32_t i = count;
    for (uint32_t at = held; at != wanted && i > 1; at = first_of(d, d->reached_by[at] - 1))
        d->side[--i] = make_side(d->record, d->pair[d->reached_by[at] - 1], first_of(d, d->reached_by[at] - 1));
    return count;
}

static bool judge_acquisition(struct declared *d, uint32_t node, orders_found *found, void *context)
{
    struct held_walk walk;
    bool more = true;
    held_begin(&walk, d->record, record_hold(d->record, node)->parent);
    for (uint32_t id; more && (id = held_next_hold(&walk)) != 0;) {
        const struct hold *h = record_hold(d->record, id);
        if (h->lock == 0 || h->lock >= d->locks || d->reached_by[h->lock] == 0 || (h->how & HOW_IGNORED) != 0 ||
            is_known(d, node, h->lock))
            continue;
        uint32_t sides = fill_sides(d, node, h->lock);
        d->seen[d->founds++] = node;
        more = found(context, &(struct finding){.kind = FINDING_LOCK_ORDER,
                                                .severity = SEVERITY_WARNING,
                                                .sides = sides,
                                                .cycle = sides,
                                                .side = d->side,
                                                .count = 1}) &&
               d->founds < FOUND_MOST;
    }
    return more;
}

static void find_against(struct declared *d, orders_found *found, void *context)
{
    const uint32_t none = HOW_TRIED | HOW_REBUILT | HOW_WAIT | HOW_IGNORED | HOW_DECLARED;
    uint32_t used = record_used(d->record, TABLE_HOLDS);
    bool more = true;
    for (uint32_t id = 1; id < used && more; id++) {
        const struct hold *h = record_hold(d->record, id);
        if (h->parent == 0 || h->lock == 0 || h->lock >= d->locks || d->first_pair[h->lock] == 0 ||
            (h->how & none) != 0)
            continue;
        reach_from(d, h->lock);
        more = judge_acquisition(d, id, found, context);
        forget_reached(d);
    }
}

unsigned declared_judge(const struct record *r, orders_found *found, void *context)
{
    struct pages pages = {0};
    struct declared *d = pages_get(&pages, 1, sizeof *d);
    unsigned count = 0;
    if (d != NULL) {
        d->record = r;
        d->locks = record_used(r, TABLE_LOCKS);
        if (find_pairs(d))
            find_against(d, found, context);
        count = d->founds;
        pages_free(&d->pages);
    }
    pages_free(&pages);
    return count;
}
