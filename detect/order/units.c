#include "detect/order/units.h"

#include "detect/held.h"
#include "detect/order/fingerprint.h"
#include "detect/order/found_cycles.h"

enum {
    ORDERS_MOST = 4096, /* that are looked at */
    SIDES_MOST = 64,
};

/*
 * The innermost hold of the semaphore that a node asks for; 0: none that counts. *path: as in struct order. Not one
 * that was kept when a lock was released which was held when it was acquired, as readers of a room do
 * (detect/order/order_graph.c).
 */
static uint32_t find_unit(const struct record *r, const struct hold *h, uint32_t *path)
{
    struct held_walk walk;
    uint32_t found = 0;
    *path = 0;
    held_begin(&walk, r, h->parent);
    for (uint32_t id; (id = held_next_hold(&walk)) != 0;) {
        const struct hold *held = record_hold(r, id);
        *path += (uint32_t)fingerprint_mix(held->lock, held->how & HOW_SHARED);
        if (held->lock != h->lock)
            continue;
        if ((held->how & (HOW_REBUILT | HOW_IGNORED)) != 0)
            return 0;
        found = found == 0 ? id : found;
    }
    return found;
}

static bool asks_for_unit(const struct record *r, const struct hold *h)
{
    return h != NULL && h->parent != 0 && h->lock != 0 && h->depth <= COUNTED_DEEPEST &&
           (h->how & (HOW_TRIED | HOW_REBUILT | HOW_WAIT | HOW_IGNORED | HOW_DECLARED)) == 0 &&
           order_graph_counted(r, h->lock);
}

/* In the place where those of its semaphore are. */
static void insert(struct units *u, struct order o)
{
    uint32_t at = u->orders;
    while (at > 0 && u->order[at - 1].held > o.held)
        at--;
    for (uint32_t i = u->orders++; i > at; i--)
        u->order[i] = u->order[i - 1];
    u->order[at] = o;
}

bool units_begin(struct units *u, const struct record *r, struct pages *p)
{
    const uint32_t nodes = record_used(r, TABLE_HOLDS);
    *u = (struct units){0};
    for (uint32_t id = 1; id < nodes; id++) {
        const struct hold *node = record_hold(r, id);
        if (!asks_for_unit(r, node))
            continue;
        const struct hold h = *node; /* it may be forgotten meanwhile */
        uint32_t path, hold = find_unit(r, &h, &path);
        if (hold == 0)
            continue;
        if (u->order == NULL && (u->order = pages_get(p, ORDERS_MOST, sizeof *u->order)) == NULL)
            return false;
        if (u->orders == ORDERS_MOST) {
            u->incomplete = true;
            break;
        }
        insert(u, (struct order){.held = h.lock, .wanted = h.lock, .node = id, .hold = hold, .path = path});
    }
    return true;
}

uint32_t units_same(const struct units *u, uint32_t first)
{
    uint32_t end = first;
    while (end < u->orders && u->order[end].held == u->order[first].held)
        end++;
    return end - first;
}

/* Of each thread of the first side the most units that it held. How many threads; 0: no two sides can have all. */
static uint32_t count_threads(const struct feasible *f, uint32_t *least)
{
    const struct feasible_side *s = &f->side[0];
    const struct order_candidate *c = &f->candidate[s->first];
    uint32_t threads = 0, together = 0, most = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t units = c[i].units;
        bool again = false;
        for (uint32_t k = 0; k < s->count; k++) {
            again |= k < i && c[k].serial == c[i].serial;
            units = c[k].serial == c[i].serial && c[k].units > units ? c[k].units : units;
        }
        if (again)
            continue;
        threads++;
        together += units;
        most = units > most ? units : most;
    }
    *least = most == 0 ? 2 : (f->units + most - 1) / most;
    *least = *least < 2 ? 2 : *least;
    return together < f->units ? 0 : threads;
}

void units_end(struct feasible *f)
{
    while (f->sides > 0)
        feasible_pop(f);
    f->units = 0;
}

/* With so many sides; severity 0 also where there is no room for them. */
static struct feasible_verdict judge(struct feasible *f, const struct units *u, uint32_t first, uint32_t count,
                                     uint32_t sides)
{
    while (f->sides < sides)
        if (feasible_push_units(f, &u->order[first], count) == 0)
            return (struct feasible_verdict){0, REASON_NONE, 0};
    return feasible_judge(f, true);
}

struct feasible_verdict units_judge(struct feasible *f, const struct units *u, uint32_t first, uint32_t count)
{
    struct feasible_verdict best = {0, REASON_NONE, 0};
    uint32_t best_sides = 0, least = 2;
    f->units = held_capacity(record_lock(f->record, u->order[first].held));
    if (f->units == 0 || feasible_push_units(f, &u->order[first], count) == 0)
        return best;
    uint32_t threads = count_threads(f, &least), longest = threads < f->units ? threads : f->units;
    for (uint32_t sides = least; sides <= longest && sides <= SIDES_MOST; sides++) {
        struct feasible_verdict v = judge(f, u, first, count, sides);
        if (v.severity == 0 || (best.severity != 0 && found_cycles_rank(&v) <= found_cycles_rank(&best)))
            continue;
        best = v;
        best_sides = sides;
        if (v.severity == SEVERITY_WARNING)
            return v;
    }
    while (f->sides > best_sides)
        feasible_pop(f);
    return best.severity == 0 ? best : feasible_judge(f, true);
}
