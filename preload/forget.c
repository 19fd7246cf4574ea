#include "preload/forget.h"

#include "preload/address.h"
#include "preload/latch.h"
#include "preload/sandbox.h"
#include "preload/trie.h"
#include "preload/wake.h"

#include <linux/membarrier.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

_Atomic uint32_t forget_dead;

/* --- seeing what all threads have written --- */

/*
 * A thread that goes down a path by its cache looks at lock_news, writes its path, and looks again; neither waits for
 * the other. The kernel makes up for that on our side (membarrier(2)): once lock_news is raised and this has returned,
 * whoever did not find it raised has a path that we see.
 */
static enum { BARRIER_UNKNOWN, BARRIER_READY, BARRIER_NONE } barrier;

static bool barrier_ready(void)
{
    if (barrier == BARRIER_UNKNOWN)
        barrier =
            syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0) == 0 ? BARRIER_READY : BARRIER_NONE;
    return barrier == BARRIER_READY;
}

static bool make_known(void)
{
    atomic_fetch_add(&lock_news, LOCK_NEWS_FORGOTTEN);
    return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0) == 0;
}

/* --- which of them --- */

static bool is_going(uint32_t id)
{
    return id != 0 && (lock_at(id)->traits & TRAIT_GOING) != 0;
}

static void stays(uint32_t id)
{
    if (is_going(id))
        atomic_fetch_and(&lock_at(id)->traits, ~(uint32_t)TRAIT_GOING);
}

static void path_stays(uint32_t path)
{
    for (uint32_t id = path; id != 0; id = hold_at(id)->parent)
        stays(hold_at(id)->lock);
}

/* A spinlock that was held while another was taken is worth a note of its own. */
static bool may_go(const struct lock *l)
{
    uint32_t traits = l->traits;
    bool around = (traits & TRAIT_AROUND) != 0;
    if ((traits & (TRAIT_DEAD | TRAIT_KEPT | TRAIT_GUARD)) != (TRAIT_DEAD | TRAIT_KEPT))
        return false;
    return !around || ((traits & TRAIT_INSIDE) == 0 && l->kind != KIND_SPINLOCK);
}

static bool any_may_go(void)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS);
    bool any = false;
    for (uint32_t id = 1; id < used; id++)
        if (may_go(lock_at(id))) {
            atomic_fetch_or(&lock_at(id)->traits, TRAIT_GOING);
            any = true;
        }
    return any;
}

/* What threads hold and wait for. */
static void keep_for_threads(void)
{
    uint32_t used = record_used(&ours, TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = record_thread(&ours, id);
        path_stays(t->path);
        if (t->turn % 2 == 1) {
            path_stays(t->want.path);
            stays(t->want.lock);
            stays(t->want.companion);
        }
    }
}

static void keep_for_findings(void)
{
    uint32_t used = record_used(&ours, TABLE_SIDES);
    for (uint32_t id = 1; id < used; id++) {
        const struct side *s = record_item(&ours, TABLE_SIDES, id);
        path_stays(s->path);
        path_stays(s->want.path);
        stays(s->held);
        stays(s->want.lock);
        stays(s->want.companion);
    }
}

/* --- what is waited for under them --- */

static bool is_wait(const struct hold *h)
{
    return h->lock != 0 && h->parent != 0 && (lock_at(h->lock)->traits & TRAIT_AWAITED) != 0 &&
           (h->how & HOW_NO_ORDER) == 0;
}

static bool has_going(uint32_t path)
{
    uint32_t id = path;
    while (id != 0 && !is_going(hold_at(id)->lock))
        id = hold_at(id)->parent;
    return id != 0;
}

static void keep_for_waits(void)
{
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    for (uint32_t id = 1; id < used; id++)
        if (is_wait(hold_at(id)) && has_going(id) && wake_may_matter(id))
            path_stays(id);
}

static void keep_for_wakes(void)
{
    uint32_t used = record_used(&ours, TABLE_WAKES);
    for (uint32_t id = 1; id < used; id++) {
        const struct wake *w = record_item(&ours, TABLE_WAKES, id);
        if (w->lock != 0 && !is_going(w->lock))
            path_stays(w->path);
    }
}

/* --- all of it --- */

static void forget(void)
{
    if (!any_may_go())
        return;
    bool seen = make_known();
    keep_for_threads();
    keep_for_findings();
    keep_for_waits();
    keep_for_wakes();
    if (seen)
        trie_forget();
    uint32_t used = record_used(&ours, TABLE_LOCKS);
    for (uint32_t id = 1; id < used; id++)
        if (is_going(id) && seen)
            lock_forget(id);
        else
            stays(id);
}

/* When it pays: a pass looks at everything. */
void forget_or_wait(void)
{
    uint32_t all = record_used(&ours, TABLE_LOCKS) + record_used(&ours, TABLE_HOLDS);
    if (forget_dead < all / 8 || barrier == BARRIER_NONE || sandbox_entered() || !barrier_ready())
        return;
    struct latched l = latch_take();
    if (forget_dead >= FORGET_MANY) {
        forget_dead = 0;
        forget();
    }
    latch_release(l);
}

void forget_reset(void)
{
    forget_dead = 0;
    barrier = BARRIER_UNKNOWN;
}
