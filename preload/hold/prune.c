#include "preload/hold/prune.h"

#include "arch/arch.h"
#include "preload/hold/trie.h"
#include "preload/lock/lock_index.h"
#include "preload/lock/wake_table.h"
#include "preload/os/raw_lock.h"

#include <stdatomic.h>
#include <time.h>

/* --- that all threads' paths are seen --- */

/*
 * A thread that works out what it holds reads lock_prunings, writes its path, and reads again. Where stores become
 * visible in order (arch_order_store_and_load) there is no fence in between; docs/memory-order.md has the other case. A
 * processor may look before others see what it has written, but not for long: a store leaves its buffer within far
 * less than this time (A. Morrison and Y. Afek, "Temporally Bounding TSO for Fence-Free Asymmetric Synchronization",
 * ASPLOS 2015); an interrupt or a switch to another thread empties it. So after that we see the path
 * of every thread that did not find lock_prunings raised. The system call that would make sure at once, membarrier(2),
 * may be one that a sandbox kills for.
 */
enum { SEEN_AFTER = 20000 }; /* nanoseconds */

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void wait_until_seen(uint64_t since)
{
    while (now_ns() - since < SEEN_AFTER)
        arch_relax();
}

/* --- which locks --- */

enum { DEEP = TRIE_DEEP }; /* how far towards the root a lock is looked for */

static bool is_pruned(uint32_t id)
{
    return id != 0 && (lock_at(id)->traits & (TRAIT_PRUNED | TRAIT_PRUNED_ALONE)) != 0;
}

static void keep(uint32_t id)
{
    if (is_pruned(id))
        atomic_fetch_and(&lock_at(id)->traits, ~(uint32_t)(TRAIT_PRUNED | TRAIT_PRUNED_ALONE));
}

static void keep_path(uint32_t path)
{
    for (uint32_t id = path; id != 0; id = hold_at(id)->parent)
        keep(hold_at(id)->lock);
}

/*
 * Whether an ended lock can be pruned, by its roles among others: TRAIT_PRUNED (with all below it), TRAIT_PRUNED_ALONE
 * or 0. A spinlock that was held while another lock was acquired may be reported by itself (spin-blocked).
 */
static uint32_t prunable(const struct lock *l)
{
    uint32_t traits = l->traits;
    bool around = (traits & TRAIT_OUTER) != 0, inside = (traits & TRAIT_INNER) != 0;
    if ((traits & (TRAIT_ENDED | TRAIT_REFERENCED)) != (TRAIT_ENDED | TRAIT_REFERENCED) ||
        (around && l->kind == KIND_SPINLOCK))
        return 0;
    if ((traits & TRAIT_GATE) == 0 && !(inside && around))
        return TRAIT_PRUNED;
    uint32_t kind = kind_like(l->kind);
    bool simple = (kind == KIND_MUTEX || kind == KIND_RWLOCK) && (traits & TRAIT_DEEP) == 0;
    return simple ? TRAIT_PRUNED_ALONE : 0;
}

static bool mark_prunable(void)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS), go;
    bool any = false;
    for (uint32_t id = 1; id < used; id++)
        if ((go = prunable(lock_at(id))) != 0) {
            atomic_fetch_or(&lock_at(id)->traits, go);
            if (go == TRAIT_PRUNED_ALONE)
                lock_at(id)->value = 0; /* until pruning is over: its gate, see below */
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
        keep_path(t->path); /* it is being worked out, or the thread waits or has ended */
        if (t->sequence % 2 == 1) {
            keep_path(t->want.path);
            keep(t->want.lock);
            keep(t->want.cond_mutex);
        }
    }
}

static void keep_for_findings(void)
{
    uint32_t used = record_used(&ours, TABLE_SIDES);
    for (uint32_t id = 1; id < used; id++) {
        const struct side *s = record_item(&ours, TABLE_SIDES, id);
        keep_path(s->path);
        keep_path(s->want.path);
        keep(s->held);
        keep(s->want.lock);
        keep(s->want.cond_mutex);
    }
}

/* --- waits under them --- */

static bool is_wait(const struct hold *h)
{
    return h->lock != 0 && h->parent != 0 && (lock_at(h->lock)->traits & TRAIT_AWAITED) != 0 &&
           (h->how & HOW_NO_ORDER) == 0;
}

static bool has_pruned(uint32_t path)
{
    uint32_t id = path;
    while (id != 0 && !is_pruned(hold_at(id)->lock))
        id = hold_at(id)->parent;
    return id != 0;
}

/* Acquired under a spinlock by a call that may sleep: spin-blocked. */
static bool is_below_spinlock(const struct hold *h)
{
    if (!is_pruned(h->lock) || (h->how & HOW_NO_ORDER) != 0 || lock_at(h->lock)->kind == KIND_SPINLOCK)
        return false;
    uint32_t id = h->parent;
    for (unsigned steps = 0; id != 0 && steps < DEEP; steps++, id = hold_at(id)->parent)
        if (lock_at(hold_at(id)->lock)->kind == KIND_SPINLOCK)
            return true;
    return false;
}

static void keep_for_waits(void)
{
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    for (uint32_t id = 1; id < used; id++) {
        const struct hold *h = hold_at(id);
        if ((is_wait(h) && has_pruned(id) && wake_may_matter(id)) || is_below_spinlock(h))
            keep_path(id);
    }
}

static void keep_for_wakes(void)
{
    uint32_t used = record_used(&ours, TABLE_WAKES);
    for (uint32_t id = 1; id < used; id++) {
        const struct wake *w = record_item(&ours, TABLE_WAKES, id);
        if (w->lock != 0 && !is_pruned(w->lock))
            keep_path(w->path);
    }
}

/* --- locks that a gate lock makes needless --- */

/*
 * A lock can be taken out from between others if another lock, its gate, does all that it could do. If every thread
 * that acquired it held the gate exclusively, it is on no cycle, as no two threads can be there at once; and it need
 * not be there as the gate lock of two sides of a cycle if both hold the gate as well. That holds if every acquisition
 * of it was under the gate; or, where none was under another lock, if all that was acquired under others below it was
 * acquired while holding the gate, which then comes next. A gate stays.
 */
static bool can_be_gate(const struct hold *h)
{
    uint32_t kind = kind_like(lock_at(h->lock)->kind);
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

/* What may be the gate of a lock that is acquired in state `path`: the outermost lock that can, or the innermost. */
static uint32_t gate_above(uint32_t path, bool outermost)
{
    uint32_t id = path, gate = 0;
    for (unsigned steps = 0; id != 0 && steps < DEEP && (gate == 0 || outermost); steps++, id = hold_at(id)->parent)
        if (can_be_gate(hold_at(id)))
            gate = hold_at(id)->lock;
    return gate;
}

static bool is_pruned_alone(uint32_t lock, bool inside)
{
    uint32_t traits = lock_at(lock)->traits;
    return (traits & TRAIT_PRUNED_ALONE) != 0 && ((traits & TRAIT_INNER) != 0) == inside;
}

static const uint32_t NO_GATE = UINT32_MAX;

/* lock.value of those that were both inside and around others: the gate, or NO_GATE. */
static void find_gates(bool outermost)
{
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    for (uint32_t id = 1; id < used; id++) {
        const struct hold *h = hold_at(id);
        if (h->lock == 0 || !is_pruned_alone(h->lock, true) || lock_at(h->lock)->value == NO_GATE)
            continue;
        struct lock *l = lock_at(h->lock);
        if (l->value == 0)
            l->value = gate_above(h->parent, outermost);
        if (l->value == h->lock || !has_gate(h->parent, l->value))
            l->value = NO_GATE;
    }
}

static void keep_without_gate_above(void)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS);
    find_gates(true);
    for (uint32_t id = 1; id < used; id++)
        if (is_pruned_alone(id, true) && lock_at(id)->value == NO_GATE)
            lock_at(id)->value = 0;
    find_gates(false);
    for (uint32_t id = 1; id < used; id++)
        if (is_pruned_alone(id, true))
            keep(lock_at(id)->value == NO_GATE ? id : lock_at(id)->value);
}

/* `h` is acquired, perhaps below another lock and that below the outermost. */
static void keep_outermost_without_gate(const struct hold *h)
{
    const struct hold *next = hold_at(h->parent), *outermost = hold_at(next->parent);
    if (h->parent != 0 && is_pruned_alone(h->lock, false))
        keep(h->lock);
    if (h->parent == 0 || next->parent == 0 || outermost->parent != 0 || !is_pruned_alone(outermost->lock, false))
        return;
    struct lock *l = lock_at(outermost->lock);
    if (l->value == 0)
        l->value = next->lock;
    if (l->value != next->lock || !can_be_gate(next) || is_pruned(next->lock))
        keep(outermost->lock);
}

static void keep_without_gate(void)
{
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    keep_without_gate_above();
    for (uint32_t id = 1; id < used; id++)
        if (hold_at(id)->lock != 0)
            keep_outermost_without_gate(hold_at(id));
}

/* --- a pass --- */

static void prune(void)
{
    if (!mark_prunable())
        return;
    atomic_fetch_add(&lock_prunings, 1);
    atomic_thread_fence(memory_order_seq_cst);
    uint64_t since = now_ns();
    keep_for_findings();
    keep_for_waits();
    keep_for_wakes();
    wait_until_seen(since);
    keep_for_threads();
    keep_without_gate();
    trie_prune();
    uint32_t used = record_used(&ours, TABLE_LOCKS);
    for (uint32_t id = 1; id < used; id++)
        if (is_pruned(id))
            lock_prune(id);
}

/* A pass looks at the whole record, so an eighth of it must be new since the last one. */
void prune_unless_too_soon(void)
{
    uint32_t all = record_used(&ours, TABLE_LOCKS) + record_used(&ours, TABLE_HOLDS);
    if (lock_ended_count + trie_changes < all / 8)
        return;
    struct signals_saved l = raw_lock_acquire();
    if (lock_ended_count >= PRUNE_MANY) {
        lock_ended_count = 0;
        trie_changes = 0;
        prune();
    }
    raw_lock_release(l);
}
