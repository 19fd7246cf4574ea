#include "detect/order/acquisitions.h"

struct way acquisitions_of_node(const struct record *r, uint32_t node, const struct hold *h)
{
    return (struct way){.site = record_site(r, h->stack),
                        .node = node,
                        .lock = h->lock,
                        .depth = h->depth,
                        .want = h->how & (HOW_SHARED | HOW_TIMED)};
}

uint32_t acquisitions_by_recorded(const struct record *r, struct way w, struct way *to, uint32_t room)
{
    const struct hold *node = record_hold(r, w.node);
    const struct acquisition *t;
    uint32_t id = node == NULL ? 0 : node->first_acquisition, count = 0;
    for (int i = 0; i < WAYS_TAKINGS && count < room && (t = record_item(r, TABLE_ACQUISITIONS, id)) != NULL; i++) {
        const struct epoch *e = record_item(r, TABLE_EPOCHS, t->epoch);
        id = t->next;
        if (e == NULL || e->serial == 0)
            continue;
        w.epoch = t->epoch;
        w.serial = e->serial;
        to[count++] = w;
    }
    return count;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Those that are alike side by side, the best first. */
static int by_likeness(const struct way *a, const struct way *b)
{
    int d = compare(a->epoch, b->epoch);
    d = d != 0 ? d : compare(a->path, b->path);
    d = d != 0 ? d : compare((uint32_t)a->want << 8 | a->had, (uint32_t)b->want << 8 | b->had);
    d = d != 0 ? d : compare(a->depth, b->depth);
    d = d != 0 ? d : compare(a->site, b->site);
    return d != 0 ? d : compare(a->node, b->node);
}

/* The best first. */
static int by_rank(const struct way *a, const struct way *b)
{
    int d = compare(a->want & HOW_TIMED, b->want & HOW_TIMED);
    d = d != 0 ? d : compare(a->depth, b->depth);
    d = d != 0 ? d : compare(a->site, b->site);
    d = d != 0 ? d : compare(a->node, b->node);
    return d != 0 ? d : compare(a->epoch, b->epoch);
}

/* D. L. Shell, 1959, with the gaps of M. Ciura, 2001: for the few that there are, and the few thousand that there may
 * be. */
static void sort(struct way *way, uint32_t count, int (*order)(const struct way *, const struct way *))
{
    static const uint32_t gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++)
        for (uint32_t gap = gaps[g], i = gap; i < count; i++) {
            struct way w = way[i];
            uint32_t at = i;
            for (; at >= gap && order(&w, &way[at - gap]) < 0; at -= gap)
                way[at] = way[at - gap];
            way[at] = w;
        }
}

void acquisitions_sort(struct way *way, uint32_t count)
{
    sort(way, count, by_rank);
}

uint32_t acquisitions_thin_out(struct way *way, uint32_t count)
{
    uint32_t kept = 0;
    sort(way, count, by_likeness);
    for (uint32_t i = 0; i < count; i++) {
        const struct way *w = &way[i], *last = &way[kept - (kept > 0)];
        if (kept == 0 || w->epoch != last->epoch || w->path != last->path || w->want != last->want ||
            w->had != last->had)
            way[kept++] = *w;
    }
    sort(way, kept, by_rank);
    return kept;
}
