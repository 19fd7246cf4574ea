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

enum { DEEP = 32 }; /* so far up its way a lock is looked for */

static bool is_going(uint32_t id)
{
    return id != 0 && (lock_at(id)->traits & (TRAIT_GOING | TRAIT_LEAVING)) != 0;
}

static void stays(uint32_t id)
{
    if (is_going(id))
        atomic_fetch_and(&lock_at(id)->traits, ~(uint32_t)(TRAIT_GOING | TRAIT_LEAVING));
}

static void path_stays(uint32_t path)
{
    for (uint32_t id = path; id != 0; id = hold_at(id)->parent)
        stays(hold_at(id)->lock);
}

/*
 * What may become of a dead lock: TRAIT_GOING, TRAIT_LEAVING or 0, by what it was to others. A spinlock that was held
 * while another was taken is worth a note of its own.
 */
static uint32_t may_go(const struct lock *l)
{
    uint32_t traits = l->traits;
    bool around = (traits & TRAIT_AROUND) != 0, inside = (traits & TRAIT_INSIDE) != 0;
    if ((traits & (TRAIT_DEAD | TRAIT_KEPT)) != (TRAIT_DEAD | TRAIT_KEPT) || (around && l->kind == KIND_SPINLOCK))
        return 0;
    if ((traits & TRAIT_GUARD) == 0 && !(inside && around))
        return TRAIT_GOING;
    return (l->kind == KIND_MUTEX || l->kind == KIND_RWLOCK) && !trie_has_marks() ? TRAIT_LEAVING : 0;
}

static bool any_may_go(void)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS), go;
    bool any = false;
    for (uint32_t id = 1; id < used; id++)
        if ((go = may_go(lock_at(id))) != 0) {
            atomic_fetch_or(&lock_at(id)->traits, go);
            if (go == TRAIT_LEAVING)
                lock_at(id)->value = 0; /* its gate, see below */
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

/* --- what another lock makes needless --- */

/*
 * A lock can be left out if there is another, its gate, that does all it could do. It is on no ring if whoever took it
 * had the gate, exclusively: no two can be at it. And it need not be there to keep two sides of a ring apart if both
 * have the gate as well. So that holds if all took it under the gate; or, where nobody took it under another, if all
 * that was taken under others below it was taken with the gate in hand, which comes next then. A gate stays.
 */
static bool can_be_gate(const struct hold *h)
{
    uint16_t kind = lock_at(h->lock)->kind;
    return (h->how & HOW_SHARED) == 0 && (kind == KIND_MUTEX || kind == KIND_RWLOCK || kind == KIND_SPINLOCK);
}

static bool has_gate(uint32_t path, uint32_t gate)
{
    uint32_t id = path;
    for (unsigned steps = 0; id != 0 && steps < DEEP; steps++, id = hold_at(id)->parent)
        if (hold_at(id)->lock == gate)
            return can_be_gate(hold_at(id));
    return false;
}

static bool is_leaving(uint32_t lock, bool inside)
{
    uint32_t traits = lock_at(lock)->traits;
    return (traits & TRAIT_LEAVING) != 0 && ((traits & TRAIT_INSIDE) != 0) == inside;
}

/* A lock `id` that others are taken under is taken here. */
static void check_inside(uint32_t id, const struct hold *h)
{
    struct lock *l = lock_at(id);
    if (l->value == 0 && h->parent != 0) {
        l->value = hold_at(h->parent)->lock;
        stays(l->value);
    }
    if (l->value == id || !has_gate(h->parent, l->value))
        stays(id);
}

/* Here `h` is taken, perhaps below another one and that below the outermost lock. */
static void check_outermost(const struct hold *h)
{
    const struct hold *next = hold_at(h->parent), *outermost = hold_at(next->parent);
    if (h->parent != 0 && is_leaving(h->lock, false))
        stays(h->lock);
    if (h->parent == 0 || next->parent == 0 || outermost->parent != 0 || !is_leaving(outermost->lock, false))
        return;
    struct lock *l = lock_at(outermost->lock);
    if (l->value == 0)
        l->value = next->lock;
    if (l->value != next->lock || !can_be_gate(next) || is_going(next->lock))
        stays(outermost->lock);
}

static void keep_without_gate(void)
{
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    for (uint32_t id = 1; id < used; id++)
        if (hold_at(id)->lock != 0 && is_leaving(hold_at(id)->lock, true))
            check_inside(hold_at(id)->lock, hold_at(id));
    for (uint32_t id = 1; id < used; id++)
        if (hold_at(id)->lock != 0)
            check_outermost(hold_at(id));
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
    keep_without_gate();
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
