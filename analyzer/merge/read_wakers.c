#include "analyzer/merge/reader.h"

/* --- wakes --- */

static uint32_t held_of(struct reader *r, const struct wake_held *h)
{
    const struct lock *l = record_lock(r->record, h->lock);
    return l == NULL || (uint16_t)l->generation != h->generation ? 0 : reader_lock(r, h->lock);
}

/* Of another copy of the same record: the lockset is what both have. */
static void join_held(struct pool_wake *to, const struct pool_wake *other)
{
    for (int i = 0; i < WAKE_HELD; i++) {
        int k = 0;
        while (k < WAKE_HELD && other->held[k].lock != to->held[i].lock)
            k++;
        if (k == WAKE_HELD)
            to->held[i].lock = to->held[i].how = 0;
        else
            to->held[i].how |= other->held[k].how;
    }
}

static void add_wake(struct reader *r, const struct wake *w, uint32_t lock, uint32_t epoch)
{
    struct pool *p = r->pool;
    struct pool_wake seen = {.lock = lock, .epoch = epoch, .times = w->times, .waited = w->waited};
    bool fresh;
    seen.path = reader_path(r, w->path);
    seen.stack = reader_stack(r, w->stack);
    for (int i = 0; i < WAKE_HELD; i++) {
        seen.held[i].lock = held_of(r, &w->held[i]);
        seen.held[i].how = seen.held[i].lock == 0 ? 0 : w->held[i].how;
    }
    seen.key = key_join(key_join(key_begin("wake"), pool_key(&p->locks, lock)), pool_key(&p->epochs, epoch));
    uint32_t id = pool_add(p, &p->wakes, seen.key, &fresh);
    if (id == 0)
        return;
    struct pool_wake *to = set_at(&p->wakes, id);
    if (fresh) {
        *to = seen;
        return;
    }
    join_held(to, &seen);
    pool_greater(&to->times, seen.times);
    pool_greater(&to->waited, seen.waited);
    pool_lesser(&p->paths, &to->path, seen.path);
    pool_lesser(&p->stacks, &to->stack, seen.stack);
}

static void read_wakes(struct reader *r, uint32_t id)
{
    const struct lock *l = record_lock(r->record, id);
    const struct wake *w;
    for (uint32_t at = l->first_wake; (w = record_item(r->record, TABLE_WAKES, at)) != NULL && !r->seen[at];
         at = w->next) {
        r->seen[at] = true;
        uint32_t epoch = reader_known(r, TABLE_EPOCHS, w->epoch);
        uint32_t lock = w->lock != id || epoch == 0 ? 0 : reader_lock(r, id);
        if (lock != 0)
            add_wake(r, w, lock, epoch);
    }
}

/* --- posts --- */

static void add_post(struct reader *r, uint32_t lock, uint32_t thread)
{
    struct pool *p = r->pool;
    bool fresh;
    struct key key = key_join(key_join(key_begin("post"), pool_key(&p->locks, lock)), pool_key(&p->threads, thread));
    uint32_t id = pool_add(p, &p->posts, key, &fresh);
    if (!fresh)
        return;
    struct pool_post *to = set_at(&p->posts, id);
    to->lock = lock;
    to->thread = thread;
}

static void read_posts(struct reader *r, uint32_t id)
{
    const struct lock *l = record_lock(r->record, id);
    const struct post *post;
    for (uint32_t at = l->first_post; (post = record_item(r->record, TABLE_POSTS, at)) != NULL && !r->seen[at];
         at = post->next) {
        r->seen[at] = true;
        uint32_t thread = post->lock == id ? reader_thread(r, post->thread, post->serial) : 0;
        uint32_t lock = thread == 0 ? 0 : reader_lock(r, id);
        if (lock != 0)
            add_post(r, lock, thread);
    }
}

bool reader_wakers(struct reader *r)
{
    uint32_t used = record_used(r->record, TABLE_LOCKS);
    memset(r->seen, 0, record_used(r->record, TABLE_WAKES));
    for (uint32_t id = 1; id < used && !r->pool->failed; id++)
        read_wakes(r, id);
    memset(r->seen, 0, record_used(r->record, TABLE_POSTS));
    for (uint32_t id = 1; id < used && !r->pool->failed; id++)
        read_posts(r, id);
    return !r->pool->failed;
}
