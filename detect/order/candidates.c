#include "detect/order/candidates.h"

struct order_candidate candidates_of_node(const struct record *r, uint32_t node, const struct hold *h)
{
    return (struct order_candidate){.site = record_site(r, h->stack),
                                    .node = node,
                                    .lock = h->lock,
                                    .depth = h->depth,
                                    .want = h->how & (HOW_SHARED | HOW_TIMED)};
}

/* A lock that the thread's creator held all the while, if that is still the same lock. */
static void add_span(const struct record *r, struct order_candidate *c, const struct epoch *e)
{
    const struct lock *l = record_lock(r, e->spanned_by);
    c->creator = e->spanned_creator;
    c->spanned_by = l != NULL && l->generation == e->spanned_generation ? e->spanned_by : 0;
}

void candidates_set_thread(const struct record *r, struct order_candidate *c, const struct epoch *e)
{
    c->serial = e->serial;
    add_span(r, c, e);
}

uint32_t candidates_add(const struct record *r, struct order_candidate c, struct order_candidate *to, uint32_t room)
{
    const struct hold *node = record_hold(r, c.node);
    const struct acquisition *a;
    uint32_t id = node == NULL ? 0 : node->first_acquisition, count = 0;
    for (int i = 0; i < CANDIDATES_NODE && count < room && (a = record_item(r, TABLE_ACQUISITIONS, id)) != NULL; i++) {
        const struct epoch *e = record_item(r, TABLE_EPOCHS, a->epoch);
        id = a->next;
        if (e == NULL || e->serial == 0)
            continue;
        c.epoch = a->epoch;
        candidates_set_thread(r, &c, e);
        to[count++] = c;
    }
    return count;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Those that are alike side by side, the best first. */
static int by_likeness(const struct order_candidate *a, const struct order_candidate *b)
{
    int d = compare(a->epoch, b->epoch);
    d = d != 0 ? d : compare(a->path, b->path);
    d = d != 0 ? d : compare(a->via, b->via);
    d = d != 0 ? d : compare((uint32_t)a->want << 8 | a->had, (uint32_t)b->want << 8 | b->had);
    d = d != 0 ? d : compare(a->depth, b->depth);
    d = d != 0 ? d : compare(a->site, b->site);
    return d != 0 ? d : compare(a->node, b->node);
}

/* The best first. */
static int by_rank(const struct order_candidate *a, const struct order_candidate *b)
{
    int d = compare(a->want & HOW_TIMED, b->want & HOW_TIMED);
    d = d != 0 ? d : compare(a->via != 0, b->via != 0);
    d = d != 0 ? d : compare(a->depth, b->depth);
    d = d != 0 ? d : compare(a->site, b->site);
    d = d != 0 ? d : compare(a->node, b->node);
    return d != 0 ? d : compare(a->epoch, b->epoch);
}

/* D. L. Shell, "A High-Speed Sorting Procedure", CACM 2(7), 1959, with the gaps of M. Ciura, 2001: for the few that
 * there are, and the few thousand that there may be. */
static void sort(struct order_candidate *c, uint32_t count,
                 int (*order)(const struct order_candidate *, const struct order_candidate *))
{
    static const uint32_t gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++)
        for (uint32_t gap = gaps[g], i = gap; i < count; i++) {
            struct order_candidate moved = c[i];
            uint32_t at = i;
            for (; at >= gap && order(&moved, &c[at - gap]) < 0; at -= gap)
                c[at] = c[at - gap];
            c[at] = moved;
        }
}

void candidates_sort(struct order_candidate *c, uint32_t count)
{
    sort(c, count, by_rank);
}

uint32_t candidates_thin_out(struct order_candidate *c, uint32_t count)
{
    uint32_t kept = 0;
    sort(c, count, by_likeness);
    for (uint32_t i = 0; i < count; i++) {
        const struct order_candidate *last = &c[kept - (kept > 0)];
        if (kept == 0 || c[i].epoch != last->epoch || c[i].path != last->path || c[i].via != last->via ||
            c[i].want != last->want || c[i].had != last->had)
            c[kept++] = c[i];
    }
    sort(c, kept, by_rank);
    return kept;
}
