#include "analyzer/lock_orders.h"

#include "detect/components.h"
#include "detect/held.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { STEPS_MOST = 4 << 20, ORDERS_MOST = 20000, DEPTH_MOST = 64 };

struct kind_of_lock {
    uint64_t likeness;
    uint32_t lock; /* the first one */
    UT_hash_handle hh;
};

struct entry {
    uint64_t pair; /* its locks */
    struct lock_order order;
    UT_hash_handle hh;
};

struct reading {
    const struct record *record;
    struct names *names;
    uint32_t *stands_for; /* by lock: the one that stands for those alike; 0: not asked for yet */
    uint32_t locks;
    struct kind_of_lock *kinds;
    struct entry *entries;
    bool cut;
};

/* --- reading --- */

static uint32_t first_alike(struct reading *r, uint32_t lock)
{
    struct kind_of_lock *kind;
    uint64_t likeness = names_likeness(r->names, lock);
    HASH_FIND(hh, r->kinds, &likeness, sizeof likeness, kind);
    if (kind == NULL && (kind = calloc(1, sizeof *kind)) != NULL) {
        kind->likeness = likeness;
        kind->lock = lock;
        HASH_ADD(hh, r->kinds, likeness, sizeof kind->likeness, kind);
    }
    return kind == NULL ? lock : kind->lock;
}

static uint32_t stands_for(struct reading *r, uint32_t lock)
{
    if (lock >= r->locks || r->names == NULL)
        return lock;
    if (r->stands_for[lock] == 0)
        r->stands_for[lock] = first_alike(r, lock);
    return r->stands_for[lock];
}

static bool is_lock(const struct reading *r, const struct hold *h)
{
    return h->lock != 0 && h->lock < r->locks && (h->how & HOW_WAIT) == 0;
}

static void add(struct reading *r, uint32_t outer_hold, uint32_t inner_hold, bool next)
{
    const struct hold *outer = record_hold(r->record, outer_hold), *inner = record_hold(r->record, inner_hold);
    uint32_t outer_lock = stands_for(r, outer->lock), inner_lock = stands_for(r, inner->lock);
    uint64_t pair = (uint64_t)outer_lock << 32 | inner_lock;
    struct entry *entry;
    HASH_FIND(hh, r->entries, &pair, sizeof pair, entry);
    if (entry == NULL) {
        if (HASH_COUNT(r->entries) >= ORDERS_MOST || (entry = calloc(1, sizeof *entry)) == NULL) {
            r->cut = true;
            return;
        }
        entry->pair = pair;
        entry->order = (struct lock_order){
            .outer = outer_lock, .inner = inner_lock, .outer_hold = outer_hold, .inner_hold = inner_hold};
        HASH_ADD(hh, r->entries, pair, sizeof entry->pair, entry);
    }
    entry->order.times += inner->count == 0 ? 1 : inner->count;
    entry->order.next |= next;
}

static void read_holds(struct reading *r)
{
    uint32_t used = record_used(r->record, TABLE_HOLDS), steps = 0;
    for (uint32_t id = 1; id < used && !r->cut; id++) {
        const struct hold *inner = record_hold(r->record, id);
        bool next = true;
        if (!is_lock(r, inner) || (inner->how & (HOW_TRIED | HOW_REBUILT)) != 0)
            continue;
        uint32_t up = inner->parent;
        for (int depth = 0; up != 0 && depth < DEPTH_MOST; depth++) {
            const struct hold *outer = record_hold(r->record, up);
            if (outer == NULL)
                break;
            if (is_lock(r, outer) && outer->lock != inner->lock) {
                add(r, up, id, next);
                next = false;
            }
            r->cut |= ++steps > STEPS_MOST;
            up = outer->parent;
        }
    }
}

/* --- those that lead back --- */

struct graph {
    struct lock_orders *all;
    uint32_t *first;     /* by lock: of its orders, which are sorted by `outer` */
    uint32_t *component; /* by lock; 0: alone */
    uint32_t components;
};

static uint32_t successor(void *context, uint32_t v, uint32_t *cursor)
{
    const struct graph *g = context;
    uint32_t at = g->first[v] + (*cursor)++;
    return at < g->first[v + 1] ? g->all->item[at].inner : UINT32_MAX;
}

static bool found(void *context, const uint32_t *member, uint32_t members)
{
    struct graph *g = context;
    g->components++;
    for (uint32_t i = 0; members > 1 && i < members; i++)
        g->component[member[i]] = g->components;
    return true;
}

static int by_outer(const void *a, const void *b)
{
    const struct lock_order *one = a, *other = b;
    return (one->outer > other->outer) - (one->outer < other->outer);
}

static void mark_cyclic(struct lock_orders *all, uint32_t locks)
{
    struct pages pages = {.small = NULL};
    struct graph g = {.all = all};
    struct components c = {.successor = successor, .found = found, .context = &g};
    g.first = pages_get(&pages, (size_t)locks + 1, sizeof *g.first);
    g.component = pages_get(&pages, (size_t)locks + 1, sizeof *g.component);
    if (g.first != NULL && g.component != NULL && components_begin(&c, locks, &pages)) {
        qsort(all->item, all->count, sizeof *all->item, by_outer);
        for (size_t i = 0; i < all->count; i++)
            g.first[all->item[i].outer + 1]++;
        for (uint32_t lock = 0; lock < locks; lock++)
            g.first[lock + 1] += g.first[lock];
        for (uint32_t lock = 0; lock < locks; lock++)
            components_search(&c, lock);
        for (size_t i = 0; i < all->count; i++) {
            struct lock_order *o = &all->item[i];
            o->cyclic =
                o->outer == o->inner || (g.component[o->outer] != 0 && g.component[o->outer] == g.component[o->inner]);
        }
        components_end(&c, &pages);
    }
    pages_free(&pages);
}

/* --- the whole --- */

static int by_interest(const void *a, const void *b)
{
    const struct lock_order *one = a, *other = b;
    if (one->cyclic != other->cyclic)
        return one->cyclic ? -1 : 1;
    if (one->times != other->times)
        return one->times < other->times ? 1 : -1;
    return (one->inner_hold > other->inner_hold) - (one->inner_hold < other->inner_hold);
}

/* Takes over what was read. */
static void collect(struct lock_orders *all, struct reading *r)
{
    struct entry *entry = r->entries, *next;
    all->item = calloc(HASH_COUNT(r->entries) + 1, sizeof *all->item);
    HASH_CLEAR(hh, r->entries);
    for (; entry != NULL; entry = next) {
        next = entry->hh.next;
        if (all->item != NULL)
            all->item[all->count++] = entry->order;
        free(entry);
    }
}

static void forget_kinds(struct reading *r)
{
    struct kind_of_lock *kind = r->kinds, *next;
    HASH_CLEAR(hh, r->kinds);
    for (; kind != NULL; kind = next) {
        next = kind->hh.next;
        free(kind);
    }
}

static void count_locks(struct lock_orders *all, struct reading *r)
{
    if (r->stands_for == NULL)
        return;
    memset(r->stands_for, 0, ((size_t)r->locks + 1) * sizeof *r->stands_for);
    for (size_t i = 0; i < all->count; i++) {
        all->locks += r->stands_for[all->item[i].outer]++ == 0;
        all->locks += r->stands_for[all->item[i].inner]++ == 0;
    }
}

void lock_orders_read(struct lock_orders *all, const struct record *record, struct names *names)
{
    struct reading r = {.record = record, .names = names, .locks = record_used(record, TABLE_LOCKS)};
    *all = (struct lock_orders){.item = NULL};
    r.stands_for = calloc((size_t)r.locks + 1, sizeof *r.stands_for);
    if (r.stands_for != NULL)
        read_holds(&r);
    collect(all, &r);
    forget_kinds(&r);
    count_locks(all, &r);
    free(r.stands_for);
    all->cut = r.cut;
    if (all->count == 0)
        return;
    mark_cyclic(all, r.locks);
    qsort(all->item, all->count, sizeof *all->item, by_interest);
}

void lock_orders_free(struct lock_orders *all)
{
    free(all->item);
    *all = (struct lock_orders){.item = NULL};
}
