#include "detect/order/writers.h"

#include "detect/order/order_graph.h"

enum { WRITERS_MOST = 1 << 14 }; /* of all locks */

struct rwlock_writer {
    struct order_candidate acquisition;
    uint32_t next; /* of the same lock: 1 + index */
};

void writers_begin(struct writers *w, const struct record *r, struct pages *p)
{
    *w = (struct writers){.record = r, .pages = p, .locks = record_used(r, TABLE_LOCKS)};
}

static void add_writers(struct writers *w, uint32_t node, const struct hold *h)
{
    const uint32_t others = HOW_SHARED | HOW_TRIED | HOW_REBUILT | HOW_WAIT | HOW_IGNORED | HOW_DECLARED;
    if ((h->how & others) != 0 || h->lock == 0 || h->lock >= w->locks || !order_graph_queues(w->record, h->lock))
        return;
    struct order_candidate found[CANDIDATES_NODE];
    uint32_t count = candidates_add(w->record, candidates_of_node(w->record, node, h), found, CANDIDATES_NODE);
    for (uint32_t i = 0; i < count; i++) {
        if (w->entries == WRITERS_MOST) {
            w->incomplete = true;
            return;
        }
        w->entry[w->entries] = (struct rwlock_writer){found[i], w->newest[h->lock]};
        w->newest[h->lock] = ++w->entries;
    }
}

static bool find_writers(struct writers *w)
{
    uint32_t used = record_used(w->record, TABLE_HOLDS);
    w->entry = pages_get(w->pages, WRITERS_MOST, sizeof *w->entry);
    w->newest = w->entry == NULL ? NULL : pages_get(w->pages, w->locks, sizeof *w->newest);
    if (w->newest == NULL)
        return false;
    for (uint32_t id = 1; id < used; id++)
        add_writers(w, id, record_hold(w->record, id));
    return true;
}

/* 1 + the index of the newest one; 0: none. */
static uint32_t newest_writer(struct writers *w, uint32_t lock)
{
    if (w->newest == NULL && !find_writers(w)) {
        w->incomplete = true;
        return 0;
    }
    return lock < w->locks ? w->newest[lock] : 0;
}

bool writers_exist(struct writers *w, uint32_t lock)
{
    return newest_writer(w, lock) != 0;
}

uint32_t writers_copy(struct writers *w, uint32_t lock, struct order_candidate *to, uint32_t room)
{
    uint32_t count = 0;
    for (uint32_t n = newest_writer(w, lock); n != 0 && count < room; n = w->entry[n - 1].next)
        to[count++] = w->entry[n - 1].acquisition;
    return count;
}
