#include "preload/lock/site_posts.h"

#include "preload/os/arena.h"
#include "preload/os/fork_zeroed.h"

#include <stdatomic.h>

enum {
    SITES = 128, /* in most programs, a dozen */
    SITES_MOST = 96,
    OBJECTS = 8,  /* so many must have been posted, before what nobody has posted inherits from them */
    THREADS = 32, /* that posted at one place; with more it is not known who else may */
    ALIKE = 8,    /* of one start routine and creator; with more, one entry stands for all of these */
    YOUNG = 1024, /* objects, by address */
};

struct site {
    _Atomic uint64_t site;
    _Atomic bool unknown;
    _Atomic uint32_t objects, posts;
    _Atomic uint32_t newest[OBJECTS]; /* thread at each of the last first posts, in turn */
    struct post post[THREADS];
};

/* An object that was initialised after enough others there had been posted. */
struct young {
    _Atomic uint64_t address, site;
};

struct tables {
    struct site site[SITES];
    struct young young[YOUNG];
    uint32_t used;
};

bool site_posts_any FORK_ZEROED;
uint32_t site_posts_newest FORK_ZEROED;
static struct tables *tables FORK_ZEROED; /* NULL: nothing was posted yet */

/* Its place, or the free one where it belongs. */
static struct site *find(uint64_t site)
{
    uint32_t i = (uint32_t)(site * 0x9E3779B97F4A7C15u >> 57);
    while (tables->site[i % SITES].site != 0 && tables->site[i % SITES].site != site)
        i++;
    return &tables->site[i % SITES];
}

static struct young *young_at(uint64_t address)
{
    return &tables->young[(address >> 3) * 0x9E3779B97F4A7C15u >> 54];
}

/* --- posts --- */

static bool is_alike(const struct post *p, const struct post *other)
{
    return p->routine == other->routine && p->creator == other->creator && p->routine != 0;
}

static void add_post(struct site *s, const struct post *like)
{
    uint32_t alike = 0;
    struct post p = *like;
    for (uint32_t i = 0; i < s->posts; i++) {
        if (s->post[i].serial == 0 ? is_alike(&s->post[i], &p) : s->post[i].serial == p.serial)
            return;
        alike += is_alike(&s->post[i], &p);
    }
    if (alike == ALIKE)
        p.thread = p.serial = 0;
    if (s->posts == THREADS) {
        s->unknown = true;
        return;
    }
    s->post[s->posts] = p;
    s->posts++;
}

void site_posts_add(const struct lock *lock, const struct post *p, bool first, bool unknown)
{
    bool counts = lock->created != 0 && (lock->kind == KIND_SEMAPHORE || lock->kind == KIND_CONDITION);
    if (!counts || (tables == NULL && (tables = arena_get(sizeof *tables)) == NULL))
        return;
    struct site *s = find(lock->site);
    if (s->site == 0 && tables->used == SITES_MOST)
        return;
    tables->used += s->site == 0;
    add_post(s, p);
    s->unknown |= unknown || (lock->traits & (TRAIT_WAKER_UNKNOWN | TRAIT_SHARED)) != 0;
    if (first) {
        s->newest[s->objects % OBJECTS] = site_posts_newest;
        s->objects++;
    }
    s->site = lock->site;
    if (s->objects >= OBJECTS)
        __atomic_store_n(&site_posts_any, true, __ATOMIC_RELEASE);
}

/* --- objects --- */

void site_posts_made_at(uint64_t address, uint64_t site)
{
    const struct site *s = find(site);
    struct young *y = young_at(address);
    if (s->site != 0 && s->objects >= OBJECTS && !s->unknown) {
        y->address = 0;
        y->site = site;
        y->address = address;
    } else if (y->address == address)
        y->address = 0;
}

bool site_posts_of(const struct lock *lock, struct site_history *h)
{
    if (!__atomic_load_n(&site_posts_any, __ATOMIC_ACQUIRE))
        return false;
    const struct young *y = young_at(lock->address);
    if (lock->created == 0 || lock->first_post != 0 || y->address != lock->address || y->site != lock->site)
        return false;
    const struct site *s = find(lock->site);
    if (s->site == 0 || s->unknown || (lock->traits & (TRAIT_WAKER_UNKNOWN | TRAIT_SHARED)) != 0)
        return false;
    *h = (struct site_history){
        .post = s->post, .posts = s->posts, .objects = s->objects, .settled = s->newest[s->objects % OBJECTS]};
    return true;
}
