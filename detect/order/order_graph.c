#include "detect/order/order_graph.h"

#include "detect/components.h"
#include "detect/held.h"

enum {
    NEAREST = 64,               /* innermost holds of each node, where there are too many orders */
    ORDERS_SPARE = 4 << 20,     /* orders that there may be, above two a node */
    STEPS_MOST = 400 * 1000000, /* on all paths together */
    HURRIED_STEPS = STEPS_MOST / 8,
    HURRIED_NODES = 4 << 20, /* the first ones that were written down */
};

/* While the graph is being built: all by lock, which become vertices at the end. */
struct draft {
    struct order_graph *g;
    const struct record *r;
    uint32_t locks, nodes;
    uint32_t *component; /* of a lock; 0: of none */
    uint32_t *met;       /* by lock: the last walk that met it on a path */
    uint32_t walks;
    uint32_t *from, *to; /* edges */
    uint32_t edges, room;
    uint32_t orders, orders_room;
    uint64_t steps, steps_most;
};

bool order_graph_queues(const struct record *r, uint32_t lock)
{
    const struct lock *l = record_lock(r, lock);
    return l != NULL && l->kind == KIND_RWLOCK && (l->traits & TRAIT_PREFER_WRITER) != 0;
}

/* Whether a lock can be part of a cycle: one thread holds it, and releases it itself. */
static bool is_exclusive(const struct record *r, uint32_t lock)
{
    const struct lock *l = record_lock(r, lock);
    return held_capacity(l) == 1 &&
           (l->kind != KIND_SEMAPHORE || (l->traits & (TRAIT_POSTED | TRAIT_AFTER_EVENT)) == TRAIT_POSTED);
}

bool order_graph_counted(const struct record *r, uint32_t lock)
{
    const struct lock *l = record_lock(r, lock);
    return l != NULL && l->kind == KIND_SEMAPHORE && held_capacity(l) > 1 &&
           (l->traits & (TRAIT_POSTED | TRAIT_AFTER_EVENT)) == TRAIT_POSTED;
}

/* Whether it can be part of a cycle at all; of a semaphore of several units, all must be held by its sides. */
static bool is_vertex(const struct record *r, uint32_t lock)
{
    return is_exclusive(r, lock) || order_graph_counted(r, lock);
}

/* --- the edges of the trie --- */

/* No lock is held there any more: it was forgotten. */
static bool is_forgotten(const struct hold *h)
{
    return h->lock == 0;
}

/*
 * The node from `id` outwards at which a lock is held; 0: none. What was found is kept in `holder`, so that long rows
 * are walked once.
 */
static uint32_t holding_node(const struct draft *d, uint32_t *holder, uint32_t id)
{
    const struct hold *h;
    uint32_t at = id, found, steps = 0;
    while ((h = record_hold(d->r, at)) != NULL && at < d->nodes && is_forgotten(h) && holder[at] == 0 &&
           steps++ < d->nodes)
        at = h->parent;
    if (h == NULL || at >= d->nodes)
        found = 0;
    else
        found = holder[at] != 0 ? holder[at] : is_forgotten(h) ? 0 : at;
    for (steps = 0; id != at && found != 0 && steps < d->nodes; steps++) {
        h = record_hold(d->r, id);
        if (h == NULL || id >= d->nodes || !is_forgotten(h))
            break;
        holder[id] = found;
        id = h->parent;
    }
    return found;
}

static bool grow_edges(struct draft *d)
{
    uint32_t room = d->room == 0 ? 4096 : d->room * 2;
    uint32_t *from = pages_more(d->g->pages, d->from, room, sizeof *from);
    if (from != NULL)
        d->from = from;
    uint32_t *to = from != NULL ? pages_more(d->g->pages, d->to, room, sizeof *to) : NULL;
    if (to == NULL)
        return false;
    d->to = to;
    d->room = room;
    return true;
}

static bool add_edge(struct draft *d, uint32_t from, uint32_t to)
{
    if (d->edges == d->room && !grow_edges(d))
        return false;
    d->from[d->edges] = from;
    d->to[d->edges++] = to;
    return true;
}

/* From a lock that is held during a wait to those that all wakers need. */
static bool add_needed_pairs(struct draft *d, uint32_t node, uint32_t held)
{
    uint32_t lock[WAIT_ORDERS_NEEDED], count = wait_orders_needed(d->g->waits, node, lock);
    for (uint32_t i = 0; i < count; i++)
        if (lock[i] < d->locks && is_exclusive(d->r, lock[i]) && !add_edge(d, held, lock[i]))
            return false;
    return true;
}

/*
 * From each lock of a path to the next one. Where lock a is held when b is asked for, a path leads from a to b; so a
 * lock that is in no component here is in no cycle.
 */
static bool add_nested_pairs(struct draft *d)
{
    uint32_t *holder = pages_get(d->g->pages, d->nodes, sizeof *holder);
    if (holder == NULL)
        return false;
    for (uint32_t id = 1; id < d->nodes; id++) {
        const struct hold *h = record_hold(d->r, id);
        if (h == NULL || h->parent == 0 || h->lock == 0 || h->lock >= d->locks)
            continue;
        const bool wait = (h->how & HOW_WAIT) != 0; /* no thread holds it there */
        const struct hold *outer = record_hold(d->r, holding_node(d, holder, h->parent));
        uint32_t lock = outer == NULL ? 0 : outer->lock; /* once: it may be forgotten meanwhile */
        if (lock == 0 || lock >= d->locks || lock == h->lock)
            continue;
        if ((!wait && !add_edge(d, lock, h->lock)) || !add_needed_pairs(d, id, lock)) {
            pages_drop(d->g->pages, holder);
            return false;
        }
    }
    pages_drop(d->g->pages, holder);
    return true;
}

/* The edges in rows: those of vertex v lead to to[first[v]] up to to[first[v + 1] - 1]. */
struct edge_rows {
    uint32_t *first, *to;
    uint32_t *component, *count; /* what is asked for */
};

static uint32_t next_successor(void *context, uint32_t v, uint32_t *cursor)
{
    const struct edge_rows *rows = context;
    uint32_t edge = rows->first[v] + (*cursor)++;
    return edge < rows->first[v + 1] ? rows->to[edge] : UINT32_MAX;
}

static bool number_component(void *context, const uint32_t *member, uint32_t members)
{
    const struct edge_rows *rows = context;
    uint32_t number = members > 1 ? ++*rows->count : 0;
    for (uint32_t i = 0; i < members; i++)
        rows->component[member[i]] = number;
    return true;
}

/*
 * Number the components of two locks and more that the edges make, from 1 on, in *count; component[] of a lock that is
 * in none is 0.
 */
static bool find_components(struct draft *d, uint32_t *component, uint32_t *count)
{
    struct pages *p = d->g->pages;
    struct edge_rows rows = {.component = component, .count = count};
    struct components search = {.successor = next_successor, .found = number_component, .context = &rows};
    rows.first = pages_get(p, (size_t)d->locks + 2, sizeof *rows.first);
    rows.to = pages_get(p, d->edges, sizeof *rows.to);
    bool done = rows.first != NULL && rows.to != NULL && components_begin(&search, d->locks, p);
    if (done) {
        *count = 0;
        for (uint32_t e = 0; e < d->edges; e++)
            rows.first[d->from[e] + 2]++;
        for (uint32_t l = 2; l < d->locks + 2; l++)
            rows.first[l] += rows.first[l - 1];
        for (uint32_t e = 0; e < d->edges; e++)
            rows.to[rows.first[d->from[e] + 1]++] = d->to[e];
        for (uint32_t l = 0; l < d->locks; l++)
            components_search(&search, l);
    }
    components_end(&search, p);
    pages_drop(p, rows.first);
    pages_drop(p, rows.to);
    return done;
}

/* --- the orders --- */

/* Whether acquiring `h` may wait, for a lock that others may hold. */
static bool may_wait(const struct draft *d, const struct hold *h)
{
    if (h->parent == 0 || h->lock == 0 || h->lock >= d->locks)
        return false;
    return (h->how & (HOW_TRIED | HOW_REBUILT | HOW_WAIT | HOW_IGNORED | HOW_DECLARED)) == 0;
}

static bool add_order(struct draft *d, struct order o)
{
    struct order_graph *g = d->g;
    if (d->orders == d->orders_room) {
        uint32_t room = d->orders_room == 0 ? 4096 : d->orders_room * 2;
        struct order *more = pages_more(g->pages, g->order, room, sizeof *more);
        if (more == NULL)
            return false;
        g->order = more;
        d->orders_room = room;
    }
    g->order[d->orders++] = o;
    return true;
}

/*
 * A unit of a semaphore that was acquired while holding another lock, and kept when that was released. So do readers:
 * the first one in waits for the room, holding a mutex, and the last one out posts it, holding that mutex. What keeps
 * them from waiting for each other is a count that is not seen here.
 */
static bool is_carried_out(const struct record *r, const struct hold *h)
{
    const struct lock *l = record_lock(r, h->lock);
    return (h->how & HOW_REBUILT) != 0 && l != NULL && l->kind == KIND_SEMAPHORE;
}

static uint32_t path_mix(uint32_t lock, uint32_t how)
{
    uint64_t z = ((uint64_t)lock << 1 | (how & HOW_SHARED)) * 0x9E3779B97F4A7C15u;
    return (uint32_t)((z ^ z >> 29) * 0xBF58476D1CE4E5B9u >> 32);
}

/* A reader reads again: it waits for itself if a writer comes between. */
static bool add_reread(struct draft *d, uint32_t node, const struct hold *h, uint32_t hold)
{
    enum { MOST = 4096 };
    struct order_graph *g = d->g;
    const struct hold *outer = record_hold(d->r, hold);
    if ((h->how & HOW_SHARED) == 0 || outer == NULL || (outer->how & HOW_SHARED) == 0 ||
        !order_graph_queues(d->r, h->lock) || g->rereads == MOST)
        return true;
    if (g->reread == NULL && (g->reread = pages_get(g->pages, MOST, sizeof *g->reread)) == NULL)
        return false;
    g->reread[g->rereads++] = (struct order){.held = h->lock, .wanted = h->lock, .node = node, .hold = hold};
    return true;
}

/* Whether a lock that is held when another one is wanted can be part of a cycle. */
static bool may_lead_on(struct draft *d, const struct hold *held, uint32_t component, bool waits)
{
    uint32_t lock = held->lock;
    if (lock == 0 || lock >= d->locks || d->component[lock] != component || component == 0 || d->met[lock] == d->walks)
        return false;
    if (waits && kind_is_once(record_lock(d->r, lock)->kind))
        return false;
    return is_vertex(d->r, lock) && !is_carried_out(d->r, held) && (held->how & HOW_IGNORED) == 0;
}

/*
 * The orders of one node, those of its `most` innermost holds: of the lock that it acquires, or of one that those need
 * who end its wait. None if it holds that lock already.
 */
static bool add_orders(struct draft *d, uint32_t node, const struct hold *h, uint32_t wanted, uint32_t via,
                       uint32_t most)
{
    struct held_walk walk;
    const uint32_t before_it = d->orders, component = d->component[wanted];
    const bool units = order_graph_counted(d->r, wanted); /* it may have some already, and want one more */
    uint32_t path = 0;
    d->walks++;
    held_begin(&walk, d->r, h->parent);
    for (uint32_t id; (id = held_next_hold(&walk)) != 0;) {
        const struct hold *held = record_hold(d->r, id);
        if (held->lock == wanted && !units) {
            d->orders = before_it;
            d->steps += walk.steps;
            return via != 0 || add_reread(d, node, h, id);
        }
        path += path_mix(held->lock, held->how);
        if (held->lock == wanted || !may_lead_on(d, held, component, via != 0) || d->orders - before_it == most)
            continue;
        d->met[held->lock] = d->walks;
        if (!add_order(d, (struct order){held->lock, wanted, node, id, 0, via}))
            return false;
    }
    d->steps += walk.steps;
    for (uint32_t o = before_it; o < d->orders; o++)
        d->g->order[o].path = path;
    return true;
}

/* The orders by way of a wait. */
static bool add_wait_orders(struct draft *d, uint32_t node, const struct hold *h, uint32_t most)
{
    uint32_t lock[WAIT_ORDERS_NEEDED], via, count = wait_orders_needed(d->g->waits, node, lock);
    for (uint32_t i = 0; i < count; i++)
        if (lock[i] < d->locks && d->component[lock[i]] != 0 && is_exclusive(d->r, lock[i]) &&
            (via = wait_orders_add(d->g->waits, node, lock[i])) != 0 && !add_orders(d, node, h, lock[i], via, most))
            return false;
    return true;
}

/* What may be ordered by a node. A copy, as it may be forgotten meanwhile. */
static bool add_orders_of(struct draft *d, uint32_t node, const struct hold h, uint32_t most)
{
    if (h.parent == 0 || h.lock == 0 || h.lock >= d->locks)
        return true;
    if (!is_vertex(d->r, h.lock))
        return add_wait_orders(d, node, &h, most);
    if (h.depth > COUNTED_DEEPEST && !is_exclusive(d->r, h.lock))
        return true;
    if (!may_wait(d, &h) || (d->component[h.lock] == 0 && !order_graph_queues(d->r, h.lock)))
        return true;
    return add_orders(d, node, &h, h.lock, 0, most);
}

/* The orders of all nodes in a component; true with *enough false when there are more than `room`. */
static bool add_all_orders(struct draft *d, uint32_t most, uint64_t room, bool *enough)
{
    d->orders = 0;
    d->g->rereads = 0;
    *enough = true;
    for (uint32_t id = 1; id < d->nodes && *enough; id++) {
        const struct hold *h = record_hold(d->r, id);
        if (h != NULL && !add_orders_of(d, id, *h, most))
            return false;
        *enough = d->orders <= room && d->steps <= d->steps_most;
    }
    return true;
}

static bool find_orders(struct draft *d)
{
    uint64_t room = 2 * (uint64_t)d->nodes + ORDERS_SPARE;
    bool enough;
    d->met = pages_get(d->g->pages, d->locks, sizeof *d->met);
    if (d->met == NULL || !add_all_orders(d, UINT32_MAX, room, &enough))
        return false;
    if (!enough) {
        for (uint32_t l = 0; l < d->locks; l++)
            d->met[l] = 0;
        d->g->complete = false;
        d->steps = 0;
        if (!add_all_orders(d, NEAREST, room, &enough))
            return false;
    }
    pages_drop(d->g->pages, d->met);
    return true;
}

/* --- from locks to vertices --- */

/* The orders whose locks are in one component, by (held, wanted): counted out, first by the one, then by the other. */
static bool sort_orders(struct order_graph *g)
{
    struct order *other = pages_get(g->pages, g->orders, sizeof *other);
    uint32_t *place = pages_get(g->pages, (size_t)g->vertices + 1, sizeof *place);
    if (other == NULL || place == NULL)
        return false;
    for (int by_held = 0; by_held < 2; by_held++) {
        for (uint32_t v = 0; v <= g->vertices; v++)
            place[v] = 0;
        for (uint32_t o = 0; o < g->orders; o++)
            place[(by_held ? g->order[o].held : g->order[o].wanted) + 1]++;
        for (uint32_t v = 1; v <= g->vertices; v++)
            place[v] += place[v - 1];
        for (uint32_t o = 0; o < g->orders; o++)
            other[place[by_held ? g->order[o].held : g->order[o].wanted]++] = g->order[o];
        struct order *swap = g->order;
        g->order = other;
        other = swap;
    }
    pages_drop(g->pages, other);
    pages_drop(g->pages, place);
    return true;
}

/* Number the locks that are in a component, one component after the other. `place` is by lock. */
static bool number_vertices(struct draft *d, uint32_t *place)
{
    struct order_graph *g = d->g;
    g->component = pages_get(g->pages, (size_t)g->components + 3, sizeof *g->component);
    if (g->component == NULL)
        return false;
    for (uint32_t l = 1; l < d->locks; l++)
        g->component[d->component[l] != 0 ? d->component[l] + 1 : 0]++;
    g->component[0] = 0;
    for (uint32_t c = 2; c < g->components + 2; c++)
        g->component[c] += g->component[c - 1];
    g->vertices = g->component[g->components + 1];
    g->lock = pages_get(g->pages, g->vertices, sizeof *g->lock);
    if (g->lock == NULL)
        return false;
    for (uint32_t l = 1; l < d->locks; l++)
        if (d->component[l] != 0) {
            place[l] = g->component[d->component[l]]++; /* component n is counted on from n, and ends up at n - 1 */
            g->lock[place[l]] = l;
        }
    return true;
}

/* Keep the orders within components, in vertices. */
static void keep_orders(struct draft *d, const uint32_t *place)
{
    struct order_graph *g = d->g;
    for (uint32_t o = 0; o < d->orders; o++) {
        struct order order = g->order[o];
        uint32_t component = d->component[order.held];
        if (component == 0 || component != d->component[order.wanted])
            continue;
        order.held = place[order.held];
        order.wanted = place[order.wanted];
        g->order[g->orders++] = order;
    }
}

static bool make_edges(struct order_graph *g)
{
    for (uint32_t o = 0; o < g->orders; o++)
        g->edges += o == 0 || g->order[o].held != g->order[o - 1].held || g->order[o].wanted != g->order[o - 1].wanted;
    g->edge = pages_get(g->pages, g->edges, sizeof *g->edge);
    g->out = pages_get(g->pages, (size_t)g->vertices + 1, sizeof *g->out);
    g->in = pages_get(g->pages, (size_t)g->vertices + 2, sizeof *g->in);
    g->into = pages_get(g->pages, g->edges, sizeof *g->into);
    if (g->edge == NULL || g->out == NULL || g->in == NULL || g->into == NULL)
        return false;
    uint32_t e = 0;
    for (uint32_t o = 0; o < g->orders; e++) {
        struct order_edge *edge = &g->edge[e];
        *edge = (struct order_edge){.from = g->order[o].held, .to = g->order[o].wanted, .first = o};
        while (o < g->orders && g->order[o].held == edge->from && g->order[o].wanted == edge->to)
            o++;
        edge->count = o - edge->first;
        g->out[edge->from + 1]++;
        g->in[edge->to + 2]++;
    }
    for (uint32_t v = 0; v < g->vertices; v++) {
        g->out[v + 1] += g->out[v];
        g->in[v + 2] += g->in[v + 1];
    }
    for (e = 0; e < g->edges; e++)
        g->into[g->in[g->edge[e].to + 1]++] = e;
    return true;
}

/* The components of what is really ordered, and their part of the graph. */
static bool finish(struct draft *d)
{
    struct order_graph *g = d->g;
    d->edges = 0;
    for (uint32_t o = 0; o < d->orders; o++)
        if (!add_edge(d, g->order[o].held, g->order[o].wanted))
            return false;
    for (uint32_t l = 0; l < d->locks; l++)
        d->component[l] = 0;
    if (!find_components(d, d->component, &g->components))
        return false;
    pages_drop(g->pages, d->from);
    pages_drop(g->pages, d->to);
    d->from = d->to = NULL;
    uint32_t *place = pages_get(g->pages, d->locks, sizeof *place);
    if (place == NULL || !number_vertices(d, place))
        return false;
    keep_orders(d, place);
    pages_drop(g->pages, place);
    return sort_orders(g) && make_edges(g);
}

bool order_graph_build(struct order_graph *g, const struct record *r, bool hurried, struct pages *p)
{
    struct draft d = {.g = g, .r = r, .steps_most = hurried ? HURRIED_STEPS : STEPS_MOST};
    *g = (struct order_graph){.record = r, .pages = p, .complete = true};
    d.locks = record_used(r, TABLE_LOCKS);
    d.nodes = record_used(r, TABLE_HOLDS);
    if (d.locks == 0 || d.nodes == 0)
        return true;
    if (hurried && d.nodes > HURRIED_NODES) {
        d.nodes = HURRIED_NODES;
        g->complete = false;
    }
    d.component = pages_get(p, d.locks, sizeof *d.component);
    g->waits = pages_get(p, 1, sizeof *g->waits);
    if (g->waits == NULL)
        return false;
    wait_orders_begin(g->waits, r, p);
    if (d.component == NULL || !add_nested_pairs(&d))
        return false;
    if (!find_components(&d, d.component, &g->components) || !find_orders(&d))
        return false;
    g->components = 0;
    bool done = d.orders == 0 || finish(&d);
    pages_drop(p, d.component);
    return done;
}

uint32_t order_graph_edge(const struct order_graph *g, uint32_t from, uint32_t to)
{
    uint32_t low = g->out[from], high = g->out[from + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->edge[middle].to < to)
            low = middle + 1;
        else
            high = middle;
    }
    return low < g->out[from + 1] && g->edge[low].to == to ? low : UINT32_MAX;
}

uint32_t order_graph_times(const struct order_graph *g, const struct order_edge *e)
{
    uint64_t times = 0;
    for (uint32_t o = e->first; o < e->first + e->count; o++) {
        const struct hold *h = g->order[o].via != 0 ? NULL : record_hold(g->record, g->order[o].node);
        times += h == NULL ? 0 : h->count;
    }
    return times > UINT32_MAX ? UINT32_MAX : (uint32_t)times;
}
