#include "analyzer/merge/reader.h"

#include <stdlib.h>

/* --- nodes and paths --- */

static uint32_t depth_below(uint32_t depth)
{
    const uint32_t most = (1 << 24) - 1;
    return depth < most ? depth + 1 : most;
}

static uint32_t add_node(struct reader *r, const struct hold *h, uint32_t parent, uint32_t lock)
{
    struct pool *p = r->pool;
    bool fresh;
    uint32_t stack = reader_stack(r, h->stack), count = h->count;
    struct key key = key_join(key_begin("hold"), pool_key(&p->nodes, parent));
    key = key_number(key_join(key, pool_key(&p->locks, lock)), h->how);
    key = key_number(key, stack == 0 ? 0 : pool_stack_at(p, stack)->named);
    uint32_t id = pool_add(p, &p->nodes, key, &fresh);
    if (id == 0)
        return 0;
    struct pool_node *to = pool_node(p, id);
    to->parent = parent;
    to->lock = lock;
    to->how = h->how;
    to->depth = depth_below(parent == 0 ? 0 : pool_node(p, parent)->depth);
    to->level = 1 + (parent == 0 ? 0 : pool_node(p, parent)->level);
    to->count = count > to->count ? count : to->count;
    pool_lesser(&p->stacks, &to->stack, stack);
    return id;
}

static uint32_t add_path(struct reader *r, const struct hold *h, uint32_t parent, uint32_t lock)
{
    struct pool *p = r->pool;
    bool fresh;
    uint32_t stack = reader_stack(r, h->stack);
    struct key node = key_join(key_begin("hold"), parent == 0 ? NO_KEY : pool_path(p, parent)->node);
    node = key_number(key_join(node, pool_key(&p->locks, lock)), h->how);
    node = key_number(node, stack == 0 ? 0 : pool_stack_at(p, stack)->named);
    struct key key = key_join(key_begin("path"), pool_key(&p->paths, parent));
    key = key_join(key_join(key, node), pool_key(&p->stacks, stack));
    uint32_t id = pool_add(p, &p->paths, key, &fresh);
    if (!fresh)
        return id;
    struct pool_path *to = pool_path(p, id);
    to->node = node;
    to->parent = parent;
    to->lock = lock;
    to->how = h->how;
    to->stack = stack;
    to->depth = depth_below(parent == 0 ? 0 : pool_path(p, parent)->depth);
    to->level = 1 + (parent == 0 ? 0 : pool_path(p, parent)->level);
    return id;
}

/*
 * The hold `id` by its map, and first all that it stands on: down from the root, as an id is made of the one before. A
 * hold that was forgotten, or whose lock is not known, is passed over; where the way turns in a circle it begins.
 */
static uint32_t go_down(struct reader *r, uint32_t *map, uint32_t id,
                        uint32_t (*add)(struct reader *, const struct hold *, uint32_t, uint32_t))
{
    uint32_t used = record_used(r->record, TABLE_HOLDS), up = 0;
    if (id == 0 || id >= used)
        return 0;
    if (map[id] != 0)
        return map[id] == READER_NONE ? 0 : map[id];
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
        parent = lock == 0 ? parent : add(r, h, parent, lock);
        map[way[up]] = parent == 0 ? READER_NONE : parent;
    }
    free(way);
    return parent;
}

uint32_t reader_path(struct reader *r, uint32_t id)
{
    return go_down(r, r->paths, id, add_path);
}

/* --- who took them --- */

static void add_acquisition(struct reader *r, uint32_t node, uint32_t epoch)
{
    struct pool *p = r->pool;
    bool fresh;
    struct key key = key_join(key_join(key_begin("taking"), pool_key(&p->nodes, node)), pool_key(&p->epochs, epoch));
    uint32_t id = pool_add(p, &p->acquisitions, key, &fresh);
    if (!fresh)
        return;
    struct pool_acquisition *to = set_at(&p->acquisitions, id);
    to->node = node;
    to->epoch = epoch;
}

/* A hold that nobody was seen to ask for says nothing, but as what others were taken under. */
static void read_acquisitions(struct reader *r, uint32_t id)
{
    const struct hold *h = record_hold(r->record, id);
    const struct acquisition *t;
    for (uint32_t at = h->first_acquisition;
         (t = record_item(r->record, TABLE_ACQUISITIONS, at)) != NULL && !r->seen[at]; at = t->next) {
        r->seen[at] = true;
        uint32_t *epoch = reader_map(r, r->epochs, TABLE_EPOCHS, t->epoch);
        uint32_t node = epoch == NULL || *epoch == 0 || h->lock == 0 ? 0 : go_down(r, r->nodes, id, add_node);
        if (node != 0)
            add_acquisition(r, node, *epoch);
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
