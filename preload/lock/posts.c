#include "preload/lock/posts.h"

#include "preload/lock/lock_index.h"
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

/* Whether the thread has one already, and how many there are. */
static bool has_own(const struct lock *l, uint32_t *count)
{
    *count = 0;
    for (uint32_t p = l->first_post; p != 0; p = post_at(p)->next, ++*count)
        if (post_at(p)->thread == self.id && post_at(p)->serial == self.own->serial)
            return true;
    return false;
}

static void add_post(uint32_t id, struct lock *l)
{
    uint32_t count;
    if (has_own(l, &count))
        return;
    uint32_t p = count < POSTS_MOST ? new_post_id() : 0;
    if (p == 0) {
        atomic_fetch_or(&l->traits, TRAIT_WAKER_UNKNOWN);
        return;
    }
    *post_at(p) = (struct post){.lock = id,
                                .next = l->first_post,
                                .thread = self.id,
                                .serial = self.own->serial,
                                .creator_id = self.own->creator_id,
                                .creator = self.own->creator,
                                .routine = self.own->routine};
    if (p >= record_used(&ours, TABLE_POSTS))
        record_commit(&ours, TABLE_POSTS, p, 1);
    atomic_store_explicit(&l->first_post, p, memory_order_release);
}

void posts_add(uint32_t lock)
{
    struct signals_saved saved = raw_lock_acquire();
    add_post(lock, lock_at(lock));
    raw_lock_release(saved);
}
