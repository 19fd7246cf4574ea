#include "detect/order/feasible.h"

#include "detect/held.h"

enum {
    WAYS_MOST = 4096,  /* ways of a side that are looked at */
    WAYS_KEPT = 256,   /* and of those, not alike, that are tried */
    TRIES = 1 << 18,   /* for one cycle */
    PAIRS = 1 << 14,   /* answers of feasible_fits that are kept */
    SERIALS = 1 << 12, /* a set of threads */
    WRITERS = 1 << 14, /* of all locks */
    COUNTED = 64,      /* holds of semaphores on a path whose units are counted */
};

/* What must be so of the sides. That each wants what the next one does not admit must be so always. */
enum need {
    APART = 1,       /* by different threads */
    UNGUARDED = 2,   /* nothing is held by two of them that only one can have */
    TOGETHER = 4,    /* their epochs overlap */
    WITHOUT_END = 8, /* no time-outs */
};

struct feasible_mark {
    uint32_t exclusive, shared; /* `shared` are also the units of a semaphore that has several */
};

/* A thread in a set, which has a number. */
struct feasible_met {
    uint32_t serial, count;
};

struct feasible_pair {
    uint32_t edge, other;
    bool next, known, fits;
};

/* A way to write a lock, and the next one of that lock. */
struct feasible_writer {
    struct way way;
    uint32_t next;
};

bool feasible_begin(struct feasible *c, const struct order_graph *g, struct pages *p)
{
    *c = (struct feasible){.graph = g, .record = g->record, .pages = p};
    c->locks = record_used(g->record, TABLE_LOCKS);
    c->mark = pages_get(p, c->locks, sizeof *c->mark);
    c->pair = pages_get(p, PAIRS, sizeof *c->pair);
    c->met = pages_get(p, SERIALS, sizeof *c->met);
    return c->mark != NULL && c->pair != NULL && c->met != NULL && epochs_begin(&c->epochs, g->record, p);
}

/* --- the ways of a side --- */

static bool need_ways(struct feasible *c, uint32_t room)
{
    if (room <= c->ways_room)
        return true;
    uint32_t more = c->ways_room == 0 ? 2 * WAYS_MOST : c->ways_room;
    while (more < room)
        more *= 2;
    struct way *way = pages_more(c->pages, c->way, more, sizeof *way);
    if (way == NULL)
        return false;
    c->way = way;
    c->ways_room = more;
    return true;
}

/* All acquisitions of an order, from `at` on; where the next ones go. */
static uint32_t add_ways(struct feasible *c, const struct order *o, uint32_t at, uint32_t end)
{
    const struct hold *node = record_hold(c->record, o->node);
    const struct hold *hold = record_hold(c->record, o->hold);
    if (node == NULL || hold == NULL)
        return at;
    struct way w = acquisitions_of_node(c->record, o->node, node);
    w.path = o->path;
    w.hold = o->hold;
    w.had = hold->how & HOW_SHARED;
    return at + acquisitions_by_recorded(c->record, w, &c->way[at], end - at);
}

static uint32_t ways_end(const struct feasible *c)
{
    return c->sides == 0 ? 0 : c->side[c->sides - 1].first + c->side[c->sides - 1].ways;
}

static bool need_side(struct feasible *c, uint32_t sides)
{
    if (sides < c->sides_room)
        return true;
    uint32_t room = c->sides_room == 0 ? 256 : c->sides_room * 2;
    struct feasible_side *side = pages_more(c->pages, c->side, room, sizeof *side);
    if (side == NULL)
        return false;
    c->side = side;
    c->sides_room = room;
    return true;
}

/* A side whose ways are those from its first one up to `end` - 1. */
static uint32_t push(struct feasible *c, uint32_t edge, uint32_t first, uint32_t end)
{
    struct feasible_side side = {.edge = edge, .first = first, .pick = first, .cut = end == first + WAYS_MOST};
    c->steps += 4 + end - first;
    side.ways = end - first > 1 ? acquisitions_thin_out(&c->way[first], end - first) : end - first;
    if (side.ways == 0)
        return 0;
    if (side.ways > WAYS_KEPT) {
        side.ways = WAYS_KEPT;
        side.cut = true;
    }
    c->side[c->sides++] = side;
    return side.ways;
}

uint32_t feasible_push(struct feasible *c, uint32_t edge)
{
    const struct order_edge *e = &c->graph->edge[edge];
    uint32_t first = ways_end(c), at = first;
    if (!need_side(c, c->sides) || !need_ways(c, first + WAYS_MOST))
        return c->cut = true, 0;
    for (uint32_t o = e->first; o < e->first + e->count && at < first + WAYS_MOST; o++)
        at = add_ways(c, &c->graph->order[o], at, first + WAYS_MOST);
    return push(c, edge, first, at);
}

uint32_t feasible_push_reread(struct feasible *c, const struct order *o)
{
    uint32_t first = ways_end(c);
    if (!need_side(c, c->sides) || !need_ways(c, first + WAYS_MOST))
        return c->cut = true, 0;
    return push(c, UINT32_MAX, first, add_ways(c, o, first, first + WAYS_MOST));
}

void feasible_pop(struct feasible *c)
{
    c->sides--;
}

/* --- what keeps sides apart --- */

/* How many can have a lock at once, without the shared modes; 0: it keeps nobody apart. */
static uint32_t room_in(const struct feasible *c, uint32_t lock)
{
    const uint32_t used_as = TRAIT_EVENT | TRAIT_VALUE_KNOWN;
    const struct lock *l = lock < c->locks ? record_lock(c->record, lock) : NULL;
    if (l == NULL)
        return 0;
    if (l->kind == KIND_SEMAPHORE)
        return (l->traits & used_as) == TRAIT_VALUE_KNOWN ? l->value : 0;
    return l->kind == KIND_MUTEX || l->kind == KIND_RWLOCK || l->kind == KIND_SPINLOCK || l->kind == KIND_ONCE;
}

static uint32_t parent_of(const struct feasible *c, uint32_t node)
{
    const struct hold *h = record_hold(c->record, node);
    return h == NULL ? 0 : h->parent;
}

static void mark(struct feasible *c, const struct way *w, uint32_t by)
{
    struct held_walk h;
    held_begin(&h, c->record, parent_of(c, w->node));
    for (uint32_t id; (id = held_next_hold(&h)) != 0;) {
        const struct hold *held = record_hold(c->record, id);
        uint32_t lock = held->lock, room = room_in(c, lock);
        if (room == 1 && (held->how & HOW_SHARED) == 0)
            c->mark[lock].exclusive += by;
        else if (room != 0)
            c->mark[lock].shared += by;
    }
    c->steps += h.steps;
}

static uint32_t units(struct feasible *c, uint32_t path, uint32_t lock)
{
    struct held_walk h;
    uint32_t count = 0;
    held_begin(&h, c->record, path);
    for (uint32_t id; (id = held_next_hold(&h)) != 0;)
        count += record_hold(c->record, id)->lock == lock;
    c->steps += h.steps;
    return count;
}

/* What a way holds that somebody marked has, so that the two cannot be; 0: nothing. Of several rather `not` one of the
 * cycle. */
static uint32_t guard_of(struct feasible *c, const struct way *w, bool (*in_cycle)(const struct feasible *, uint32_t))
{
    struct held_walk h;
    uint32_t guard = 0, path = parent_of(c, w->node), counted = 0;
    held_begin(&h, c->record, path);
    for (uint32_t id; (id = held_next_hold(&h)) != 0;) {
        const struct hold *held = record_hold(c->record, id);
        uint32_t lock = held->lock, room = room_in(c, lock);
        if (room == 0 || (c->mark[lock].exclusive == 0 && c->mark[lock].shared == 0))
            continue;
        bool full = room > 1 ? ++counted > COUNTED || c->mark[lock].shared + units(c, path, lock) > room
                             : c->mark[lock].exclusive > 0 || (held->how & HOW_SHARED) == 0;
        if (!full)
            continue;
        guard = lock;
        if (in_cycle == NULL || !in_cycle(c, lock))
            break;
    }
    c->steps += h.steps;
    return guard;
}

/* --- writers between readers --- */

static void add_writer(struct feasible *c, uint32_t node, const struct hold *h)
{
    const uint32_t others = HOW_SHARED | HOW_TRIED | HOW_REBUILT | HOW_WAIT;
    if ((h->how & others) != 0 || h->lock == 0 || h->lock >= c->locks || !order_graph_queues(c->record, h->lock))
        return;
    struct way taking[WAYS_TAKINGS];
    uint32_t count =
        acquisitions_by_recorded(c->record, acquisitions_of_node(c->record, node, h), taking, WAYS_TAKINGS);
    for (uint32_t i = 0; i < count; i++) {
        if (c->betweens == WRITERS) {
            c->cut = true;
            return;
        }
        c->between[c->betweens] = (struct feasible_writer){taking[i], c->writer_of[h->lock]};
        c->writer_of[h->lock] = ++c->betweens;
    }
}

/* The first of those who write a lock; 0: nobody does. Who they all are is asked when it first matters. */
static uint32_t first_writer(struct feasible *c, uint32_t lock)
{
    if (c->writer_of == NULL) {
        uint32_t used = record_used(c->record, TABLE_HOLDS);
        c->between = pages_get(c->pages, WRITERS, sizeof *c->between);
        c->writer_of = pages_get(c->pages, c->locks, sizeof *c->writer_of);
        if (c->between == NULL || c->writer_of == NULL)
            return c->cut = true, 0;
        for (uint32_t id = 1; id < used; id++)
            add_writer(c, id, record_hold(c->record, id));
    }
    return lock < c->locks ? c->writer_of[lock] : 0;
}

/* Whether only a writer that comes between makes a way's want wait for the next one's hold. */
static bool needs_writer(const struct way *w, const struct way *next)
{
    return (w->want & HOW_SHARED) != 0 && (next->had & HOW_SHARED) != 0;
}

/* Whether a way's want has to wait while the next one's hold stands. */
static bool bars(struct feasible *c, const struct way *w, const struct way *next)
{
    return !needs_writer(w, next) || (order_graph_queues(c->record, w->lock) && first_writer(c, w->lock) != 0);
}

/* All sides are chosen: one more for each writer that is needed. False: no memory. */
static bool add_writers(struct feasible *c)
{
    uint32_t at = ways_end(c);
    c->writers = 0;
    for (uint32_t i = 0; i < c->sides; i++) {
        const struct way *w = &c->way[c->side[i].pick];
        uint32_t lock = w->lock, first = at;
        if (!needs_writer(w, &c->way[c->side[i + 1 < c->sides ? i + 1 : 0].pick]))
            continue;
        if (!need_side(c, c->sides + c->writers) || !need_ways(c, at + WAYS_KEPT))
            return false;
        for (uint32_t n = first_writer(c, lock); n != 0 && at < first + WAYS_KEPT; n = c->between[n - 1].next)
            c->way[at++] = c->between[n - 1].way;
        acquisitions_sort(&c->way[first], at - first);
        c->side[c->sides + c->writers++] = (struct feasible_side){UINT32_MAX, first, at - first, first, false};
    }
    return true;
}

/* --- choosing --- */

/* Whether two ways, if they are of different runs, may be taken for ways of one. */
static bool compare_runs(struct feasible *c, const struct way *a, const struct way *b)
{
    return epochs_compare(&c->epochs, a->epoch, a->node, b->epoch, b->node);
}

/* Whether way `w` of side i goes with what was chosen for those before it. */
static bool goes(struct feasible *c, uint32_t i, const struct way *w, unsigned needs)
{
    c->steps++;
    if ((needs & WITHOUT_END) != 0 && (w->want & HOW_TIMED) != 0)
        return false;
    if (i > 0 && i < c->sides && !bars(c, &c->way[c->side[i - 1].pick], w))
        return false;
    if (i + 1 == c->sides && !bars(c, w, i == 0 ? w : &c->way[c->side[0].pick]))
        return false;
    for (uint32_t k = 0; (needs & APART) != 0 && k < i; k++)
        if (c->way[c->side[k].pick].serial == w->serial)
            return false;
    for (uint32_t k = 0; (needs & APART) != 0 && k < i; k++)
        if (!compare_runs(c, &c->way[c->side[k].pick], w))
            return false;
    for (uint32_t k = 0; (needs & TOGETHER) != 0 && k < i; k++)
        if (!epochs_overlap(&c->epochs, c->way[c->side[k].pick].epoch, w->epoch))
            return false;
    c->steps += i;
    return (needs & UNGUARDED) == 0 || guard_of(c, w, NULL) == 0;
}

/* Whether a thread is new in the set; it is one of it then. */
static bool is_new(struct feasible *c, uint32_t serial)
{
    uint32_t at = serial * 0x9E3779B9u % SERIALS;
    while (c->met[at].count == c->count && c->met[at].serial != serial)
        at = (at + 1) % SERIALS;
    bool fresh = c->met[at].count != c->count;
    c->met[at] = (struct feasible_met){serial, c->count};
    return fresh;
}

/* Whether there are as many threads as sides at all. */
static bool enough_threads(struct feasible *c)
{
    uint32_t end = ways_end(c), threads = 0;
    c->count++;
    for (uint32_t i = 0; i < end && threads < c->sides && threads < SERIALS / 2; i++)
        threads += is_new(c, c->way[i].serial);
    return threads == c->sides || threads == SERIALS / 2;
}

uint32_t feasible_threads(struct feasible *c, uint32_t edge, uint32_t end)
{
    uint32_t threads = 0;
    c->count++;
    for (; edge < end; edge++) {
        const struct order_edge *e = &c->graph->edge[edge];
        for (uint32_t o = e->first; o < e->first + e->count; o++) {
            uint32_t found = need_ways(c, WAYS_TAKINGS) ? add_ways(c, &c->graph->order[o], 0, WAYS_TAKINGS) : 0;
            for (uint32_t i = 0; i < found; i++)
                if (threads == SERIALS / 2)
                    return UINT32_MAX;
                else
                    threads += is_new(c, c->way[i].serial);
        }
    }
    return threads;
}

static void choose_mark(struct feasible *c, uint32_t i, unsigned needs, uint32_t by)
{
    if ((needs & UNGUARDED) != 0)
        mark(c, &c->way[c->side[i].pick], by);
}

/* None of the ways that were looked at will do. */
static bool give_up(struct feasible *c)
{
    for (uint32_t i = 0; i < c->sides; i++)
        c->cut = c->cut || c->side[i].cut;
    return false;
}

/* Choose for all sides; false: there is no way. */
static bool choose(struct feasible *c, unsigned needs)
{
    const uint64_t end = c->steps + TRIES + 64 * (uint64_t)c->sides * c->sides;
    uint32_t i = 0;
    bool found = false;
    c->writers = 0;
    if (c->sides == 0 || ((needs & APART) != 0 && !enough_threads(c)))
        return give_up(c);
    c->side[0].pick = c->side[0].first;
    for (;;) {
        struct feasible_side *s = &c->side[i];
        while (s->pick < s->first + s->ways && !goes(c, i, &c->way[s->pick], needs))
            s->pick++;
        found = s->pick < s->first + s->ways;
        if (c->steps > end || (found && i + 1 == c->sides && !add_writers(c))) {
            c->cut = true;
            found = false;
            break;
        }
        if (found ? i + 1 >= c->sides + c->writers : i == 0)
            break;
        if (found) {
            choose_mark(c, i, needs, 1);
            i++;
            c->side[i].pick = c->side[i].first;
        } else {
            i--;
            choose_mark(c, i, needs, UINT32_MAX);
            c->side[i].pick++;
        }
    }
    while (i > 0)
        choose_mark(c, --i, needs, UINT32_MAX);
    return found || give_up(c);
}

static bool in_cycle(const struct feasible *c, uint32_t lock)
{
    for (uint32_t i = 0; i < c->sides; i++)
        if (c->way[c->side[i].pick].lock == lock)
            return true;
    return false;
}

/* What keeps the sides apart that were chosen. */
static uint32_t find_guard(struct feasible *c)
{
    uint32_t guard = 0, i = 0;
    for (; i < c->sides + c->writers; i++) {
        uint32_t another = guard_of(c, &c->way[c->side[i].pick], in_cycle);
        if (guard == 0 || (another != 0 && in_cycle(c, guard)))
            guard = another != 0 ? another : guard;
        mark(c, &c->way[c->side[i].pick], 1);
    }
    while (i > 0)
        mark(c, &c->way[c->side[--i].pick], UINT32_MAX);
    return guard;
}

struct feasible_verdict feasible_judge(struct feasible *c, bool notes)
{
    if (choose(c, APART | UNGUARDED | TOGETHER | WITHOUT_END))
        return (struct feasible_verdict){SEVERITY_WARNING, REASON_NONE, 0};
    if (!notes)
        return (struct feasible_verdict){0, REASON_NONE, 0};
    if (choose(c, APART | UNGUARDED | TOGETHER))
        return (struct feasible_verdict){SEVERITY_NOTE, REASON_TIMED, 0};
    if (choose(c, APART | UNGUARDED))
        return (struct feasible_verdict){SEVERITY_NOTE, REASON_ORDERED, 0};
    if (choose(c, APART))
        return (struct feasible_verdict){SEVERITY_NOTE, REASON_GUARDED, find_guard(c)};
    if (choose(c, 0))
        return (struct feasible_verdict){SEVERITY_NOTE, REASON_SINGLE_THREAD, 0};
    return (struct feasible_verdict){0, REASON_NONE, 0};
}

/* --- two sides --- */

static bool pair_goes(struct feasible *c, const struct way *a, const struct way *b, bool next)
{
    c->steps++;
    if (a->serial == b->serial || (b->want & HOW_TIMED) != 0 || (next && !bars(c, a, b)))
        return false;
    return compare_runs(c, a, b) && epochs_overlap(&c->epochs, a->epoch, b->epoch) && guard_of(c, b, NULL) == 0;
}

static bool find_pair(struct feasible *c, const struct feasible_side *a, const struct feasible_side *b, bool next)
{
    const uint64_t end = c->steps + TRIES;
    bool found = false;
    for (uint32_t i = a->first; i < a->first + a->ways && !found; i++) {
        if ((c->way[i].want & HOW_TIMED) != 0)
            continue;
        mark(c, &c->way[i], 1);
        for (uint32_t k = b->first; k < b->first + b->ways && !found; k++)
            found = pair_goes(c, &c->way[i], &c->way[k], next);
        mark(c, &c->way[i], UINT32_MAX);
        if (c->steps > end) {
            c->cut = true;
            break;
        }
    }
    c->cut = c->cut || (!found && (a->cut || b->cut));
    return found;
}

bool feasible_fits(struct feasible *c, uint32_t i, bool next)
{
    const struct feasible_side *a = &c->side[i], *b = &c->side[c->sides - 1];
    struct feasible_pair *p = &c->pair[(a->edge * 0x9E3779B9u ^ b->edge * 0x85EBCA6Bu ^ next) % PAIRS];
    if (!p->known || p->edge != a->edge || p->other != b->edge || p->next != next)
        *p = (struct feasible_pair){a->edge, b->edge, next, true, find_pair(c, a, b, next)};
    return p->fits;
}
