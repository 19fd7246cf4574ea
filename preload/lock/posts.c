#include "preload/lock/posts.h"

#include "preload/lock/lock_index.h"
#include "preload/lock/site_posts.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"

#include <stdatomic.h>

enum { POSTS_MOST = 64 };

static uint32_t free_posts FORK_ZEROED; /* chained by `next` */

static struct post *post_at(uint32_t id)
{
    return record_at(&ours, TABLE_POSTS, id, sizeof(struct post), record_first_shift[TABLE_POSTS]);
}

void posts_free(uint32_t lock)
{
    uint32_t first = atomic_exchange(&lock_at(lock)->first_post, 0);
    for (uint32_t p = first, next; p != 0; p = next) {
        next = post_at(p)->next;
        post_at(p)->lock = 0;
        post_at(p)->next = free_posts;
        free_posts = p;
    }
}

static uint32_t new_post_id(void)
{
    uint32_t p = free_posts;
    if (p == 0)
        return record_reserve(&ours, TABLE_POSTS, 1);
    free_posts = post_at(p)->next;
    return p;
}

static bool is_alike(const struct post *p, const struct post *other)
{
    return p->routine == other->routine && p->creator == other->creator && p->routine != 0;
}

/* Whether there is an item already that says this, and how many there are. */
static bool is_there(const struct lock *l, const struct post *like, uint32_t *count)
{
    *count = 0;
    for (uint32_t id = l->first_post; id != 0; id = post_at(id)->next, ++*count) {
        const struct post *p = post_at(id);
        if (p->serial == 0 ? is_alike(p, like) : p->serial == like->serial)
            return true;
    }
    return false;
}

static bool put_post(struct lock *l, const struct post *like)
{
    uint32_t p = new_post_id();
    if (p == 0)
        return false;
    *post_at(p) = *like;
    post_at(p)->next = l->first_post;
    if (p >= record_used(&ours, TABLE_POSTS))
        record_commit(&ours, TABLE_POSTS, p, 1);
    atomic_store_explicit(&l->first_post, p, memory_order_release);
    return true;
}

/*
 * Let one item stand for all threads that have the start routine and creator of this one. Those that it replaces leave
 * the list, but stay as they are: who reads it just now must come to its end.
 */
static bool join_posts(struct lock *l, const struct post *like)
{
    struct post all = *like;
    uint32_t left = 0;
    all.thread = all.serial = 0;
    if (like->routine == 0 || !put_post(l, &all))
        return false;
    for (uint32_t before = l->first_post, id = post_at(before)->next; id != 0; id = post_at(id)->next)
        if (is_alike(post_at(id), like))
            atomic_store_explicit((_Atomic uint32_t *)&post_at(before)->next, post_at(id)->next, memory_order_relaxed);
        else
            before = id, left++;
    return left < POSTS_MOST;
}

static void add_post(uint32_t id, struct lock *l, bool unknown)
{
    const struct post like = {.lock = id,
                              .thread = self.id,
                              .serial = self.own->serial,
                              .creator_id = self.own->creator_id,
                              .creator = self.own->creator,
                              .routine = self.own->routine};
    uint32_t count;
    site_posts_add(l, &like, l->first_post == 0, unknown);
    if (is_there(l, &like, &count))
        return;
    if (count < POSTS_MOST ? !put_post(l, &like) : !join_posts(l, &like))
        atomic_fetch_or(&l->traits, TRAIT_WAKER_UNKNOWN);
}

void posts_add(uint32_t lock, bool unknown)
{
    struct signals_saved saved = raw_lock_acquire();
    add_post(lock, lock_at(lock), unknown);
    raw_lock_release(saved);
}
