#include "detect/order/orders.h"

#include "detect/order/cycles.h"
#include "detect/order/fingerprint.h"
#include "detect/order/found_cycles.h"
#include "detect/order/units.h"
#include "detect/waker_locksets.h"

#include <string.h>

enum { REREAD_WORK = 100000000, HURRIED = 4 }; /* steps, for locks that are read again; a part of that in a hurry */

struct order_judging {
    const struct orders_world *world;
    struct pages pages;
    struct order_graph graph;
    struct feasible feasible;
    struct fingerprints fingerprints;
    struct found_cycles found;
    struct units units;
    uint64_t *side; /* fingerprints of the sides of the cycle at hand */
    uint32_t sides_room;
    bool complete;
    struct order_covered {
        uint32_t edge, order; /* of the edges from this one on, the orders before this one are all known sides */
    } covered[2];             /* by cycles that can close, and by any */
};

/* What is known stays known: asked again, it goes on where it stopped. */
static bool is_covered(void *context, uint32_t edge, uint32_t end, bool any)
{
    struct order_judging *j = context;
    const struct order_graph *g = &j->graph;
    struct order_covered *c = &j->covered[any];
    if (edge == end)
        return true;
    if (c->edge != edge)
        *c = (struct order_covered){edge, g->edge[edge].first};
    for (; c->order < g->edge[end - 1].first + g->edge[end - 1].count; c->order++) {
        const struct order *o = &g->order[c->order];
        uint64_t side = fingerprint_side(&j->fingerprints, g->lock[o->held], o->hold, g->lock[o->wanted], o->node);
        if (!found_cycles_have_side(&j->found, side, any))
            return false;
    }
    return true;
}

/* --- a cycle becomes a finding --- */

static struct side make_side(const struct record *r, const struct order_candidate *c, uint32_t times)
{
    const struct hold *node = record_hold(r, c->node), *hold = record_hold(r, c->hold);
    const struct epoch *e = record_item(r, TABLE_EPOCHS, c->epoch);
    struct side s = {.serial = c->serial, .held = hold == NULL ? 0 : hold->lock, .times = times};
    if (node == NULL || e == NULL)
        return s;
    const struct lock *l = record_lock(r, node->lock);
    const struct thread *t = record_thread(r, e->thread); /* it may have been given a name since */
    bool named = t != NULL && t->serial == e->serial && t->name[0] != 0;
    memcpy(s.name, named ? t->name : e->name, sizeof s.name);
    s.thread = e->thread;
    s.path = node->parent;
    s.want = (struct want){.address = node->address,
                           .site = record_site(r, node->stack),
                           .lock = node->lock,
                           .stack = node->stack,
                           .kind = l == NULL ? KIND_NONE : l->kind,
                           .path = node->parent};
    s.want.how = ((c->want & HOW_SHARED) != 0 ? WANT_SHARED : 0) | ((c->want & HOW_TIMED) != 0 ? WANT_TIMED : 0);
    return s;
}

static const struct order_candidate *chosen(const struct feasible *f, uint32_t side)
{
    return &f->candidate[f->side[side].pick];
}

static bool take_fingerprints(struct order_judging *j)
{
    const struct feasible *f = &j->feasible;
    if (f->sides > j->sides_room) {
        uint64_t *more = pages_more(&j->pages, j->side, (size_t)f->sides * 2, sizeof *more);
        if (more == NULL)
            return false;
        j->side = more;
        j->sides_room = f->sides * 2;
    }
    for (uint32_t i = 0; i < f->sides; i++) {
        const struct order_candidate *c = chosen(f, i), *before = chosen(f, i > 0 ? i - 1 : f->sides - 1);
        j->side[i] = fingerprint_side(&j->fingerprints, before->lock, c->hold, c->lock, c->node);
    }
    return true;
}

/* The first side that is by way of a wait; UINT32_MAX: none. */
static uint32_t find_wait(const struct feasible *f)
{
    for (uint32_t i = 0; i < f->sides; i++)
        if (chosen(f, i)->via != 0)
            return i;
    return UINT32_MAX;
}

/* `times`: of all that this thread did there. */
static struct side waker_side(const struct record *r, const struct order_candidate *c)
{
    const struct wake *w = record_item(r, TABLE_WAKES, c->wake), *other;
    if (w == NULL)
        return (struct side){.serial = c->serial};
    struct side s = wake_side(r, w, c->lock, (c->want & HOW_SHARED) != 0 ? WAKE_SHARED : 0);
    struct wake_walk all = wake_walk_begin(r, w->lock);
    s.times = 0;
    while ((other = wake_walk_next(&all)) != NULL)
        if (all.epoch != NULL && all.epoch->serial == c->serial)
            s.times += other->times;
    return s;
}

/* A side by way of a wait, and the waker that it waits for. */
static void make_wait_sides(struct order_judging *j, uint32_t i, uint32_t waker, struct side side[2])
{
    const struct record *r = j->world->record;
    const struct hold *node = record_hold(r, chosen(&j->feasible, i)->node);
    side[0] = make_side(r, chosen(&j->feasible, i), node == NULL ? 0 : node->count);
    side[1] = waker_side(r, chosen(&j->feasible, waker));
    if (side[0].want.kind == KIND_THREAD) {
        side[0].want.address = 0;
        side[0].want.lock = 0;
        side[0].want.thread = side[1].thread;
        side[0].want.thread_serial = side[1].serial;
    }
}

/* The sides from a wait on, each wait with its waker. */
static void make_waiting_cycle(struct order_judging *j, uint32_t first, struct side *side)
{
    const struct feasible *f = &j->feasible;
    uint32_t at = 0;
    for (uint32_t n = 0; n < f->sides; n++) {
        uint32_t i = (first + n) % f->sides, waker = f->sides;
        const struct feasible_side *s = &f->side[i];
        if (chosen(f, i)->via == 0) {
            side[at++] =
                make_side(j->world->record, chosen(f, i), order_graph_times(&j->graph, &j->graph.edge[s->edge]));
            continue;
        }
        for (uint32_t before = 0; before < i; before++)
            waker += chosen(f, before)->via != 0;
        make_wait_sides(j, i, waker, &side[at]);
        at += 2;
    }
}

/* How often side i of the cycle that was chosen was seen, by all threads. */
static uint32_t side_times(const struct order_judging *j, uint32_t i, uint32_t rereads)
{
    const struct feasible *f = &j->feasible;
    const struct hold *node = record_hold(j->world->record, chosen(f, i)->node);
    if (f->units != 0)
        return node == NULL ? 0 : node->count;
    if (f->side[i].edge != UINT32_MAX)
        return order_graph_times(&j->graph, &j->graph.edge[f->side[i].edge]);
    return i < f->sides ? rereads : 0;
}

/* The cycle that was chosen; `rereads`: how often a lock was read again, in a cycle of one. False: no more room. */
static bool keep_cycle(struct order_judging *j, const struct feasible_verdict *v, uint32_t rereads)
{
    const struct feasible *f = &j->feasible;
    const uint32_t wait = find_wait(f);
    enum found found = FOUND_NO_ROOM;
    if (take_fingerprints(j))
        found = found_cycles_add(&j->found, j->side, f->sides, f->between, wait != UINT32_MAX, v);
    if (found == FOUND_NO_ROOM)
        j->complete = false;
    if (found != FOUND_NEW)
        return j->complete;
    struct side *side = found_cycles_newest(&j->found);
    if (wait != UINT32_MAX) {
        make_waiting_cycle(j, wait, side);
        return true;
    }
    for (uint32_t i = 0; i < f->sides + f->between; i++)
        side[i] = make_side(j->world->record, chosen(f, i), side_times(j, i, rereads));
    return true;
}

static bool found_cycle(void *context, const struct feasible_verdict *v)
{
    return keep_cycle(context, v, 0);
}

/* --- locks that are read again by threads that read them --- */

static struct feasible_verdict judge_reread(struct order_judging *j, const struct order *o)
{
    struct feasible_verdict v = {0, REASON_NONE, 0};
    if (feasible_push_reread(&j->feasible, o) != 0)
        v = feasible_judge(&j->feasible, true);
    return v;
}

/* Of all places where one lock is read again, the one that comes nearest to closing a cycle. */
static bool find_reread(struct order_judging *j, uint32_t first)
{
    struct feasible_verdict verdict = {0, REASON_NONE, 0};
    const struct order *all = j->graph.reread, *nearest = NULL;
    uint64_t times = 0;
    for (uint32_t i = first; i < j->graph.rereads; i++) {
        const struct hold *h = record_hold(j->world->record, all[i].node);
        if (all[i].held != all[first].held || h == NULL)
            continue;
        struct feasible_verdict v = judge_reread(j, &all[i]);
        j->feasible.sides = 0;
        times += h->count;
        if (v.severity == 0 || (nearest != NULL && found_cycles_rank(&v) <= found_cycles_rank(&verdict)))
            continue;
        verdict = v;
        nearest = &all[i];
    }
    if (nearest == NULL)
        return true;
    verdict = judge_reread(j, nearest);
    bool more = keep_cycle(j, &verdict, times > UINT32_MAX ? UINT32_MAX : (uint32_t)times);
    feasible_pop(&j->feasible);
    return more;
}

/* Each lock once. */
static void find_rereads(struct order_judging *j)
{
    const struct order *all = j->graph.reread;
    bool more = true;
    for (uint32_t i = 0; i < j->graph.rereads && more; i++) {
        if (j->feasible.steps > (j->world->hurried ? REREAD_WORK / HURRIED : REREAD_WORK)) {
            j->complete = false;
            return;
        }
        uint32_t earlier = 0;
        while (all[earlier].held != all[i].held)
            earlier++;
        more = earlier < i || find_reread(j, i);
    }
}

/* --- semaphores of several units --- */

static void find_units(struct order_judging *j)
{
    const struct units *u = &j->units;
    bool more = true;
    j->complete &= !u->incomplete;
    for (uint32_t first = 0, count; first < u->orders && more; first += count) {
        count = units_same(u, first);
        struct feasible_verdict v = units_judge(&j->feasible, u, first, count);
        if (v.severity != 0)
            more = keep_cycle(j, &v, 0);
        units_end(&j->feasible);
    }
}

/* Whether all that there is was found. */
static bool find_all(struct order_judging *j)
{
    const struct orders_world *w = j->world;
    if (!order_graph_build(&j->graph, w->record, w->hurried, &j->pages) ||
        !units_begin(&j->units, w->record, &j->pages))
        return false;
    if (j->graph.components == 0 && j->graph.rereads == 0 && j->units.orders == 0)
        return j->graph.complete;
    if (!found_cycles_begin(&j->found, &j->pages) || !fingerprints_begin(&j->fingerprints, w, &j->pages) ||
        !feasible_begin(&j->feasible, &j->graph, &j->pages))
        return false;
    const struct cycles_world world = {.graph = &j->graph,
                                       .feasible = &j->feasible,
                                       .pages = &j->pages,
                                       .hurried = w->hurried,
                                       .no_notes = w->no_notes,
                                       .found = found_cycle,
                                       .covered = is_covered,
                                       .context = j};
    j->complete = true;
    find_rereads(j);
    find_units(j);
    return cycles_find(&world) && j->complete && j->graph.complete;
}

struct orders_result orders_judge(const struct orders_world *w, orders_found *found, void *context)
{
    struct pages pages = {0};
    struct orders_result result = {0, false};
    struct order_judging *j = pages_get(&pages, 1, sizeof *j);
    if (j != NULL) {
        j->world = w;
        result.complete = find_all(j);
        result.found = found_cycles_report(&j->found, found, context);
        pages_free(&j->pages);
    }
    pages_free(&pages);
    return result;
}
