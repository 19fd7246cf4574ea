#include "detect/order/feasible.h"

#include "detect/held.h"

#include <string.h>

enum {
    CANDIDATES_SIDE = 4096, /* of a side that are looked at */
    CANDIDATES_KEPT = 256,  /* and of those, not alike, that are tried */
    TRIES = 1 << 18,        /* for one cycle */
    PAIRS = 1 << 14,        /* answers of feasible_fits that are kept */
    THREADS_SET = 1 << 12,  /* places in a set of threads */
};

/* What must be so of the sides. That each wants what the next one does not admit must be so always. */
enum constraint {
    DISTINCT_THREADS = 1,
    NO_GATE_LOCK = 2,
    CONCURRENT = 4, /* their epochs overlap */
    NO_TIME_OUT = 8,
};

struct feasible_thread {
    uint32_t serial, set;
};

struct feasible_pair {
    uint32_t edge, other;
    bool next, known, fits;
};

bool feasible_begin(struct feasible *f, const struct order_graph *g, struct pages *p)
{
    *f = (struct feasible){.graph = g, .record = g->record, .pages = p};
    f->pair = pages_get(p, PAIRS, sizeof *f->pair);
    f->thread = pages_get(p, THREADS_SET, sizeof *f->thread);
    writers_begin(&f->writers, g->record, p);
    return f->pair != NULL && f->thread != NULL && gate_locks_begin(&f->gates, g->record, p, &f->steps) &&
           epochs_begin(&f->epochs, g->record, p);
}

void feasible_turn_to_waits(struct feasible *f)
{
    f->waits = true;
    memset(f->pair, 0, PAIRS * sizeof *f->pair);
}

uint64_t feasible_work(const struct feasible *f)
{
    return f->steps + f->epochs.steps + f->graph->waits->steps + f->graph->waits->epochs.steps;
}

bool feasible_is_complete(const struct feasible *f)
{
    return !f->incomplete && !f->writers.incomplete && !f->epochs.incomplete && !f->graph->waits->incomplete;
}

/* --- the candidates of a side --- */

static bool has_room_for_candidates(struct feasible *f, uint32_t room)
{
    if (room <= f->candidates_room)
        return true;
    uint32_t more = f->candidates_room == 0 ? 2 * CANDIDATES_SIDE : f->candidates_room;
    while (more < room)
        more *= 2;
    struct order_candidate *candidate = pages_more(f->pages, f->candidate, more, sizeof *candidate);
    if (candidate == NULL)
        return false;
    f->candidate = candidate;
    f->candidates_room = more;
    return true;
}

static bool has_room_for_side(struct feasible *f, uint32_t sides)
{
    if (sides < f->sides_room)
        return true;
    uint32_t room = f->sides_room == 0 ? 256 : f->sides_room * 2;
    struct feasible_side *side = pages_more(f->pages, f->side, room, sizeof *side);
    if (side == NULL)
        return false;
    f->side = side;
    f->sides_room = room;
    return true;
}

static uint32_t candidates_end(const struct feasible *f)
{
    return f->sides == 0 ? 0 : f->side[f->sides - 1].first + f->side[f->sides - 1].count;
}

/* The threads that waited so; they fit in `room`, which is for as many as there may be. */
static uint32_t copy_waits(const struct feasible *f, const struct order *o, struct order_candidate like,
                           struct order_candidate *to, uint32_t room)
{
    uint32_t count;
    const struct order_candidate *waits = wait_orders_candidates(f->graph->waits, o->via, &count);
    for (uint32_t i = 0; i < count && i < room; i++) {
        to[i] = waits[i];
        to[i].path = like.path;
        to[i].hold = like.hold;
        to[i].had = like.had;
    }
    return count < room ? count : room;
}

/* How many units of a semaphore are held where a node asks for its lock. */
static uint16_t count_units(struct feasible *f, const struct hold *node, uint32_t semaphore)
{
    struct held_walk walk;
    uint32_t units = 0;
    held_begin(&walk, f->record, node->parent);
    for (uint32_t id; (id = held_next_hold(&walk)) != 0;)
        units += record_hold(f->record, id)->lock == semaphore;
    f->steps += walk.steps;
    return units < UINT16_MAX ? (uint16_t)units : UINT16_MAX;
}

/* All acquisitions of an order, from `at` on; where the next ones go. */
static uint32_t add_candidates(struct feasible *f, const struct order *o, uint32_t at, uint32_t end)
{
    const struct hold *node = record_hold(f->record, o->node);
    const struct hold *hold = record_hold(f->record, o->hold);
    if (node == NULL || hold == NULL || (o->via != 0 && !f->waits))
        return at;
    struct order_candidate c = candidates_of_node(f->record, o->node, node);
    c.path = o->path;
    c.hold = o->hold;
    c.had = hold->how & HOW_SHARED;
    if (f->units != 0)
        c.units = count_units(f, node, node->lock);
    if (o->via != 0)
        return at + copy_waits(f, o, c, &f->candidate[at], end - at);
    return at + candidates_add(f->record, c, &f->candidate[at], end - at);
}

static uint32_t push_side(struct feasible *f, uint32_t edge, uint32_t first, uint32_t end)
{
    struct feasible_side side = {
        .edge = edge, .first = first, .pick = first, .truncated = end == first + CANDIDATES_SIDE};
    f->steps += 4 + end - first;
    side.count = end - first > 1 ? candidates_thin_out(&f->candidate[first], end - first) : end - first;
    if (side.count == 0)
        return 0;
    if (side.count > CANDIDATES_KEPT) {
        side.count = CANDIDATES_KEPT;
        side.truncated = true;
    }
    f->side[f->sides++] = side;
    return side.count;
}

static uint32_t push_orders(struct feasible *f, uint32_t edge, const struct order *order, uint32_t orders)
{
    uint32_t first = candidates_end(f), at = first, end = first + CANDIDATES_SIDE;
    if (!has_room_for_side(f, f->sides) || !has_room_for_candidates(f, end)) {
        f->incomplete = true;
        return 0;
    }
    for (uint32_t o = 0; o < orders && at < end; o++)
        at = add_candidates(f, &order[o], at, end);
    return push_side(f, edge, first, at);
}

uint32_t feasible_push(struct feasible *f, uint32_t edge)
{
    const struct order_edge *e = &f->graph->edge[edge];
    return push_orders(f, edge, &f->graph->order[e->first], e->count);
}

uint32_t feasible_push_reread(struct feasible *f, const struct order *o)
{
    return push_orders(f, UINT32_MAX, o, 1);
}

uint32_t feasible_push_units(struct feasible *f, const struct order *order, uint32_t orders)
{
    return push_orders(f, UINT32_MAX, order, orders);
}

void feasible_pop(struct feasible *f)
{
    f->sides--;
}

static const struct order_candidate *chosen(const struct feasible *f, uint32_t side)
{
    return &f->candidate[f->side[side].pick];
}

/* --- what makes a side wait for the next one --- */

/* Whether only a writer that comes between makes a side wait for the next one. */
static bool needs_writer(const struct order_candidate *c, const struct order_candidate *next)
{
    return (c->want & HOW_SHARED) != 0 && (next->had & HOW_SHARED) != 0;
}

static bool waits_for(struct feasible *f, const struct order_candidate *c, const struct order_candidate *next)
{
    if (c->via != 0 && needs_writer(c, next))
        return false;
    return !needs_writer(c, next) || (order_graph_queues(f->record, c->lock) && writers_exist(&f->writers, c->lock));
}

/* Whether a cycle with this as its last side is one that is looked for: with waits, then without writers between. */
static bool is_wanted(const struct feasible *f, const struct order_candidate *last)
{
    bool waits = last->via != 0;
    if (!f->waits)
        return true;
    for (uint32_t i = 0; i < f->sides; i++) {
        const struct order_candidate *c = i + 1 < f->sides ? chosen(f, i) : last;
        const struct order_candidate *next = i + 2 < f->sides ? chosen(f, i + 1) : i + 2 == f->sides ? last : NULL;
        waits |= c->via != 0;
        if (needs_writer(c, next != NULL ? next : f->sides == 1 ? last : chosen(f, 0)))
            return false;
    }
    return waits;
}

/* All sides are chosen: one more for each writer that is needed, and for those that would end a wait. False: no memory.
 */
static bool add_between(struct feasible *f)
{
    uint32_t first = candidates_end(f), count;
    f->between = 0;
    for (uint32_t i = 0; i < f->sides; i++) {
        const struct order_candidate c = *chosen(f, i);
        bool writer = needs_writer(&c, chosen(f, i + 1 < f->sides ? i + 1 : 0));
        if (!writer && c.via == 0)
            continue;
        if (!has_room_for_side(f, f->sides + f->between) || !has_room_for_candidates(f, first + CANDIDATES_KEPT))
            return false;
        count = writer ? writers_copy(&f->writers, c.lock, &f->candidate[first], CANDIDATES_KEPT)
                       : wait_orders_wakers(f->graph->waits, &c, &f->candidate[first], CANDIDATES_KEPT);
        candidates_sort(&f->candidate[first], count);
        f->side[f->sides + f->between++] = (struct feasible_side){UINT32_MAX, first, count, first, false};
        first += count;
    }
    return true;
}

/* --- sets of threads --- */

static bool is_new_thread(struct feasible *f, uint32_t serial)
{
    uint32_t at = serial * 0x9E3779B9u % THREADS_SET;
    while (f->thread[at].set == f->set && f->thread[at].serial != serial)
        at = (at + 1) % THREADS_SET;
    bool fresh = f->thread[at].set != f->set;
    f->thread[at] = (struct feasible_thread){serial, f->set};
    return fresh;
}

/* Whether there are as many threads as sides at all. */
static bool has_enough_threads(struct feasible *f)
{
    uint32_t end = candidates_end(f), threads = 0;
    f->set++;
    for (uint32_t i = 0; i < end && threads < f->sides && threads < THREADS_SET / 2; i++)
        threads += is_new_thread(f, f->candidate[i].serial);
    return threads == f->sides || threads == THREADS_SET / 2;
}

uint32_t feasible_threads(struct feasible *f, uint32_t edge, uint32_t end)
{
    uint32_t threads = 0;
    const struct order_edge *e = f->graph->edge;
    f->set++;
    if (edge == end || !has_room_for_candidates(f, CANDIDATES_NODE))
        return 0;
    for (uint32_t o = e[edge].first; o < e[end - 1].first + e[end - 1].count; o++) {
        uint32_t found = add_candidates(f, &f->graph->order[o], 0, CANDIDATES_NODE);
        for (uint32_t i = 0; i < found; i++) {
            if (threads == THREADS_SET / 2)
                return UINT32_MAX;
            threads += is_new_thread(f, f->candidate[i].serial);
        }
    }
    return threads;
}

/* --- choosing --- */

/* Whether two acquisitions of different runs may be put together. */
static bool are_comparable(struct feasible *f, const struct order_candidate *a, const struct order_candidate *b)
{
    return epochs_compare(&f->epochs, a->epoch, a->node, b->epoch, b->node);
}

/* One thread may be who would end several waits. */
static bool are_one_waker(const struct order_candidate *a, const struct order_candidate *b)
{
    return a->wake != 0 && b->wake != 0 && a->serial == b->serial;
}

static bool is_distinct(struct feasible *f, uint32_t i, const struct order_candidate *c)
{
    for (uint32_t k = 0; k < i; k++)
        if (chosen(f, k)->serial == c->serial && !are_one_waker(chosen(f, k), c))
            return false;
    for (uint32_t k = 0; k < i; k++)
        if (!are_comparable(f, chosen(f, k), c))
            return false;
    return true;
}

/*
 * Whether `a` is of a thread that was created and joined while its creator held a lock, and `b` of another thread than
 * that creator, which held this lock (critical sections that span threads: arXiv 2512.23552). What the creator itself
 * does meanwhile is not kept apart.
 */
static bool is_spanned(struct feasible *f, const struct order_candidate *a, const struct order_candidate *b)
{
    const struct hold *node = a->spanned_by == 0 || b->serial == a->creator ? NULL : record_hold(f->record, b->node);
    uint32_t hold = node == NULL ? 0 : held_find_lock(f->record, node->parent, a->spanned_by);
    f->steps += node == NULL ? 1 : node->depth;
    return hold != 0 && (record_hold(f->record, hold)->how & HOW_SHARED) == 0;
}

static bool are_apart(struct feasible *f, const struct order_candidate *a, const struct order_candidate *b)
{
    if ((a->spanned_by | b->spanned_by) == 0)
        return false;
    return is_spanned(f, a, b) || is_spanned(f, b, a) || (a->spanned_by == b->spanned_by && a->creator != b->creator);
}

static bool is_apart_from_chosen(struct feasible *f, uint32_t i, const struct order_candidate *c)
{
    for (uint32_t k = 0; k < i; k++)
        if (are_apart(f, chosen(f, k), c))
            return true;
    return false;
}

static bool is_concurrent(struct feasible *f, uint32_t i, const struct order_candidate *c)
{
    for (uint32_t k = 0; k < i; k++)
        if (!are_one_waker(chosen(f, k), c) && !epochs_overlap(&f->epochs, chosen(f, k)->epoch, c->epoch))
            return false;
    return true;
}

/*
 * Whether the units that the sides hold can be all that there are, with this candidate as side i. All sides choose from
 * the same ones, so they are chosen in the order of these: else each set of them would be tried in every order.
 */
static bool has_units_left(const struct feasible *f, uint32_t i, const struct order_candidate *c)
{
    const struct feasible_side *s = f->side;
    uint32_t units = c->units, more = f->sides - i - 1;
    if (i > 0 && s[i].pick - s[i].first <= s[i - 1].pick - s[i - 1].first)
        return false;
    for (uint32_t k = 0; k < i; k++)
        units += chosen(f, k)->units;
    return more > 0 ? units + more <= f->units : units == f->units;
}

/* The semaphores of several units that the sides want. False: too many. */
static bool find_pools(struct feasible *f)
{
    const uint32_t most = sizeof f->pool / sizeof f->pool[0];
    f->pools = 0;
    for (uint32_t i = 0; i < f->sides && f->units == 0; i++) {
        uint32_t lock = f->candidate[f->side[i].first].lock;
        if (!order_graph_counted(f->record, lock))
            continue;
        if (f->pools == most)
            return false;
        f->pool[f->pools++] = lock;
    }
    return true;
}

static uint32_t units_of(struct feasible *f, const struct order_candidate *c, uint32_t semaphore)
{
    const struct hold *node = record_hold(f->record, c->node);
    return node == NULL ? 0 : count_units(f, node, semaphore);
}

/* Whether the sides together hold all units of each semaphore in the cycle, with this candidate as side i. */
static bool have_all_units(struct feasible *f, uint32_t i, const struct order_candidate *c)
{
    for (uint32_t p = 0; p < f->pools; p++) {
        uint32_t all = held_capacity(record_lock(f->record, f->pool[p])), units = units_of(f, c, f->pool[p]);
        for (uint32_t k = 0; k < i; k++)
            units += units_of(f, chosen(f, k), f->pool[p]);
        if (i + 1 < f->sides ? units > all : units != all)
            return false;
    }
    return true;
}

/* Whether a candidate of side i goes with what was chosen for those before it. */
static bool goes_with_chosen(struct feasible *f, uint32_t i, const struct order_candidate *c, unsigned constraints)
{
    f->steps++;
    if ((constraints & NO_TIME_OUT) != 0 && (c->want & HOW_TIMED) != 0)
        return false;
    if ((constraints & DISTINCT_THREADS) == 0 &&
        (c->via != 0 || f->units != 0 || f->pools != 0)) /* as a request and its answer */
        return false;
    if ((f->units != 0 && !has_units_left(f, i, c)) || (i < f->sides && f->pools != 0 && !have_all_units(f, i, c)))
        return false;
    if (i > 0 && i < f->sides && !waits_for(f, chosen(f, i - 1), c))
        return false;
    if (i + 1 == f->sides && (!waits_for(f, c, i == 0 ? c : chosen(f, 0)) || !is_wanted(f, c)))
        return false;
    if ((constraints & DISTINCT_THREADS) != 0 && !is_distinct(f, i, c))
        return false;
    if ((constraints & CONCURRENT) != 0 && !is_concurrent(f, i, c))
        return false;
    f->steps += i;
    return (constraints & NO_GATE_LOCK) == 0 ||
           (!is_apart_from_chosen(f, i, c) && gate_locks_find(&f->gates, c->node, NULL, NULL) == 0);
}

/* The next candidate of side i, from its pick on; false: there is none. */
static bool find_pick(struct feasible *f, uint32_t i, unsigned constraints)
{
    struct feasible_side *s = &f->side[i];
    while (s->pick < s->first + s->count && !goes_with_chosen(f, i, &f->candidate[s->pick], constraints))
        s->pick++;
    return s->pick < s->first + s->count;
}

static void descend(struct feasible *f, uint32_t *i, unsigned constraints)
{
    if ((constraints & NO_GATE_LOCK) != 0)
        gate_locks_add(&f->gates, chosen(f, *i)->node);
    ++*i;
    f->side[*i].pick = f->side[*i].first;
}

static void backtrack(struct feasible *f, uint32_t *i, unsigned constraints)
{
    --*i;
    if ((constraints & NO_GATE_LOCK) != 0)
        gate_locks_remove(&f->gates, chosen(f, *i)->node);
}

/* None of the candidates that were looked at will do; there may be others. */
static bool give_up(struct feasible *f)
{
    for (uint32_t i = 0; i < f->sides; i++)
        f->incomplete |= f->side[i].truncated;
    return false;
}

/* Choose a candidate for each side, and for those between; false: that cannot be done. */
static bool choose(struct feasible *f, unsigned constraints)
{
    const uint64_t end = f->steps + TRIES + 64 * (uint64_t)f->sides * f->sides;
    uint32_t i = 0;
    bool found = false;
    f->between = 0;
    if (f->sides == 0 || !find_pools(f) || ((constraints & DISTINCT_THREADS) != 0 && !has_enough_threads(f)))
        return give_up(f);
    f->side[0].pick = f->side[0].first;
    for (;;) {
        found = find_pick(f, i, constraints);
        if (f->steps > end || (found && i + 1 == f->sides && !add_between(f))) {
            f->incomplete = true;
            found = false;
            break;
        }
        if (found ? i + 1 >= f->sides + f->between : i == 0)
            break;
        if (found)
            descend(f, &i, constraints);
        else {
            backtrack(f, &i, constraints);
            f->side[i].pick++;
        }
    }
    while (i > 0)
        backtrack(f, &i, constraints);
    return found || give_up(f);
}

static bool is_in_cycle(const void *context, uint32_t lock)
{
    const struct feasible *f = context;
    for (uint32_t i = 0; i < f->sides; i++)
        if (chosen(f, i)->lock == lock)
            return true;
    return false;
}

/* The lock that keeps apart the sides that were chosen; rather one that is not in the cycle. */
static uint32_t find_gate_lock(struct feasible *f)
{
    uint32_t gate = 0, i = 0;
    for (; i < f->sides + f->between; i++) {
        uint32_t another = gate_locks_find(&f->gates, chosen(f, i)->node, is_in_cycle, f);
        if (another != 0 && (gate == 0 || is_in_cycle(f, gate)))
            gate = another;
        gate_locks_add(&f->gates, chosen(f, i)->node);
    }
    while (i > 0)
        gate_locks_remove(&f->gates, chosen(f, --i)->node);
    for (; gate == 0 && i < f->sides + f->between; i++)
        if (is_apart_from_chosen(f, i, chosen(f, i)))
            gate = chosen(f, i)->spanned_by;
    for (i = 0; gate == 0 && i < f->sides + f->between; i++)
        gate = chosen(f, i)->spanned_by;
    return gate;
}

/* From a cycle that can close to one that fails in the first of the conditions: what it is, if these can be met. */
static const struct {
    unsigned constraints;
    enum finding_severity severity;
    enum finding_reason reason;
} degrees[] = {
    {DISTINCT_THREADS | NO_GATE_LOCK | CONCURRENT | NO_TIME_OUT, SEVERITY_WARNING, REASON_NONE},
    {DISTINCT_THREADS | NO_GATE_LOCK | CONCURRENT, SEVERITY_NOTE, REASON_TIMED},
    {DISTINCT_THREADS | NO_GATE_LOCK, SEVERITY_NOTE, REASON_ORDERED},
    {DISTINCT_THREADS, SEVERITY_NOTE, REASON_GUARDED},
    {0, SEVERITY_NOTE, REASON_SINGLE_THREAD},
};

struct feasible_verdict feasible_judge(struct feasible *f, bool notes)
{
    for (unsigned d = 0; d < (notes ? sizeof degrees / sizeof *degrees : 1); d++)
        if (choose(f, degrees[d].constraints))
            return (struct feasible_verdict){degrees[d].severity, degrees[d].reason,
                                             degrees[d].reason == REASON_GUARDED ? find_gate_lock(f) : 0};
    return (struct feasible_verdict){0, REASON_NONE, 0};
}

/* --- two sides --- */

static bool candidates_fit(struct feasible *f, const struct order_candidate *a, const struct order_candidate *b,
                           bool next)
{
    f->steps++;
    if (a->serial == b->serial || (b->want & HOW_TIMED) != 0 || (next && !waits_for(f, a, b)))
        return false;
    return are_comparable(f, a, b) && epochs_overlap(&f->epochs, a->epoch, b->epoch) && !are_apart(f, a, b) &&
           gate_locks_find(&f->gates, b->node, NULL, NULL) == 0;
}

static bool sides_fit(struct feasible *f, const struct feasible_side *a, const struct feasible_side *b, bool next)
{
    const uint64_t end = f->steps + TRIES;
    bool found = false;
    for (uint32_t i = a->first; i < a->first + a->count && !found; i++) {
        if ((f->candidate[i].want & HOW_TIMED) != 0)
            continue;
        gate_locks_add(&f->gates, f->candidate[i].node);
        for (uint32_t k = b->first; k < b->first + b->count && !found; k++)
            found = candidates_fit(f, &f->candidate[i], &f->candidate[k], next);
        gate_locks_remove(&f->gates, f->candidate[i].node);
        if (f->steps > end) {
            f->incomplete = true;
            break;
        }
    }
    f->incomplete |= !found && (a->truncated || b->truncated);
    return found;
}

bool feasible_fits(struct feasible *f, uint32_t i, bool next)
{
    const struct feasible_side *a = &f->side[i], *b = &f->side[f->sides - 1];
    struct feasible_pair *p = &f->pair[(a->edge * 0x9E3779B9u ^ b->edge * 0x85EBCA6Bu ^ next) % PAIRS];
    if (!p->known || p->edge != a->edge || p->other != b->edge || p->next != next)
        *p = (struct feasible_pair){a->edge, b->edge, next, true, sides_fit(f, a, b, next)};
    return p->fits;
}
