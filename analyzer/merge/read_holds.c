#include "analyzer/merge/reader.h"

#include <stdlib.h>

/* --- nodes and paths --- */

static struct key node_key(const struct pool *p, struct key parent, uint32_t lock, uint32_t how, uint32_t stack)
{
    struct key key = key_join(key_join(key_begin("hold"), parent), pool_key(&p->locks, lock));
    return key_number(key_number(key, how), stack == 0 ? 0 : pool_stack_at(p, stack)->place_key);
}

/* A hold below `parent`, in the set of nodes or in that of paths. */
static uint32_t add_hold(struct reader *r, struct set *set, const struct hold *h, uint32_t parent, uint32_t lock)
{
    struct pool *p = r->pool;
    bool fresh, is_node = set == &p->nodes;
    const struct pool_hold *outer = parent == 0 ? NULL : set_at(set, parent);
    uint32_t stack = reader_stack(r, h->stack), count = is_node ? h->count : 0;
    struct key node = node_key(p, outer == NULL ? NO_KEY : outer->node, lock, h->how, stack), key = node;
    if (!is_node)
        key = key_join(key_join(key_join(key_begin("path"), pool_key(set, parent)), node), pool_key(&p->stacks, stack));
    uint32_t id = pool_add(p, set, key, &fresh);
    if (id == 0)
        return 0;
    struct pool_hold *to = set_at(set, id);
    outer = set_at(set, parent); /* zero: the root */
    to->node = node;
    to->parent = parent;
    to->lock = lock;
    to->how = h->how;
    to->depth = outer->depth + 1;
    pool_greater(&to->count, count);
    pool_lesser(&p->stacks, &to->stack, stack);
    return id;
}

/*
 * Hold `id` in a set; first all holds on its way to the root, from there down, as the key of a hold depends on that of
 * its parent. A hold that was pruned, or whose lock is unknown, is left out; where the way leads into a circle it ends.
 */
static uint32_t find_hold(struct reader *r, struct set *set, uint32_t *map, uint32_t id)
{
    uint32_t used = record_used(r->record, TABLE_HOLDS), up = 0;
    if (id == 0 || id >= used)
        return 0;
    uint32_t *way = NULL, room = 0, at = id;
    for (; at != 0 && at < used && map[at] == 0; at = record_hold(r->record, at)->parent) {
        if (up == room) {
            room = room == 0 ? 64 : room * 2;
            uint32_t *more = realloc(way, room * sizeof *way);
            if (more == NULL) {
                r->pool->failed = true;
                break;
            }
            way = more;
        }
        way[up++] = at;
        map[at] = READER_BUSY;
    }
    uint32_t parent = at == 0 || at >= used || map[at] == READER_BUSY || map[at] == READER_NONE ? 0 : map[at];
    while (up > 0) {
        const struct hold *h = record_hold(r->record, way[--up]);
        uint32_t lock = h->lock == 0 ? 0 : reader_lock(r, h->lock);
        parent = lock == 0 ? parent : add_hold(r, set, h, parent, lock);
        map[way[up]] = parent == 0 ? READER_NONE : parent;
    }
    free(way);
    return parent;
}

uint32_t reader_path(struct reader *r, uint32_t id)
{
    return find_hold(r, &r->pool->paths, r->paths, id);
}

/* --- acquisitions --- */

static void add_acquisition(struct reader *r, uint32_t node, uint32_t epoch)
{
    struct pool *p = r->pool;
    bool fresh;
    struct key key =
        key_join(key_join(key_begin("acquisition"), pool_key(&p->nodes, node)), pool_key(&p->epochs, epoch));
    uint32_t id = pool_add(p, &p->acquisitions, key, &fresh);
    if (!fresh)
        return;
    struct pool_acquisition *to = set_at(&p->acquisitions, id);
    to->node = node;
    to->epoch = epoch;
}

/* Without an acquisition a node is of interest only as the parent of others. */
static void read_acquisitions(struct reader *r, uint32_t id)
{
    const struct hold *h = record_hold(r->record, id);
    const struct acquisition *t;
    for (uint32_t at = h->first_acquisition;
         (t = record_item(r->record, TABLE_ACQUISITIONS, at)) != NULL && !r->seen[at]; at = t->next) {
        r->seen[at] = true;
        uint32_t epoch = reader_known(r, TABLE_EPOCHS, t->epoch), node = 0;
        if (epoch != 0 && h->lock != 0)
            node = find_hold(r, &r->pool->nodes, r->map[TABLE_HOLDS], id);
        if (node != 0)
            add_acquisition(r, node, epoch);
    }
}

bool reader_holds(struct reader *r)
{
    uint32_t used = record_used(r->record, TABLE_HOLDS);
    memset(r->seen, 0, record_used(r->record, TABLE_ACQUISITIONS));
    for (uint32_t id = 1; id < used && !r->pool->failed; id++)
        read_acquisitions(r, id);
    return !r->pool->failed;
}
