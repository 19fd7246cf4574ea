#include "preload/hold/trie.h"

#include "preload/hold/epoch.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/glibc.h"
#include "preload/os/index.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"

#include <stdatomic.h>

static struct index by_parent FORK_ZEROED;
static uint32_t free_holds FORK_ZEROED, free_acquisitions FORK_ZEROED; /* pruned ones, chained by `stack` and `next` */
_Atomic uint32_t trie_changes FORK_ZEROED;

/* Whether a stack is one of this call: of its site and callers. */
static bool is_of(uint32_t stack, const struct trie_call *c)
{
    uint32_t depth, callers = c->callers != NULL ? c->callers->count : 0;
    if (c->stack != 0)
        return stack == c->stack;
    const uint64_t *frames = record_frames(&ours, stack, &depth);
    if (frames == NULL)
        return c->site == 0;
    for (uint32_t i = 0; i < callers; i++)
        if (i + 1 >= depth || frames[i + 1] != c->callers->at[i])
            return false;
    return frames[0] == c->site;
}

static uint32_t hash_of(const struct hold *h, uint64_t key)
{
    return (uint32_t)index_mix(key ^ index_mix((uint64_t)h->parent << 32 | h->lock) ^ h->how);
}

static uint32_t find_node(const struct hold *like, const struct trie_call *c, uint32_t hash)
{
    for (struct index_walk w = index_walk(&by_parent, hash); index_next(&w);) {
        const struct hold *h = hold_at(w.id);
        if (h->parent == like->parent && h->lock == like->lock && h->how == like->how && is_of(h->stack, c))
            return w.id;
    }
    return 0;
}

/* --- adding --- */

/* All that is on the way to the root from the first node that is too deep to be moved. */
static void add_depth_trait(const struct hold *h)
{
    lock_add_traits(h->lock, TRAIT_DEEP);
    for (uint32_t id = h->depth == TRIE_DEEP + 1 ? h->parent : 0; id != 0; id = hold_at(id)->parent)
        lock_add_traits(hold_at(id)->lock, TRAIT_DEEP);
}

/*
 * What a lock is to others in the trie, so that it is known whether it can be pruned once it is destroyed. Each node
 * adds to the two above it; those added to the ones further up.
 */
static void add_role_traits(const struct hold *h)
{
    const struct hold *outer = hold_at(h->parent);
    if (h->parent == 0 || (h->how & HOW_REBUILT) != 0)
        return;
    bool waits = (h->how & HOW_WAIT) != 0;
    bool again = outer->lock == h->lock && lock_at(h->lock)->kind != KIND_RWLOCK;
    if (!waits && !again && (h->how & HOW_NO_ORDER) == 0)
        lock_add_traits(h->lock, TRAIT_INNER);
    if (!waits && !again)
        lock_add_traits(outer->lock, TRAIT_OUTER);
    if (h->depth > TRIE_DEEP)
        add_depth_trait(h);
    if (outer->parent != 0) {
        lock_add_traits(outer->lock, TRAIT_GATE);
        lock_add_traits(hold_at(outer->parent)->lock, TRAIT_GATE);
    }
}

static uint32_t new_hold_id(void)
{
    uint32_t id = free_holds;
    if (id == 0)
        return record_reserve(&ours, TABLE_HOLDS, 1);
    free_holds = hold_at(id)->stack;
    return id;
}

/* Its lock last: a node without one is none to a reader. */
static void write_node(uint32_t id, const struct hold *like)
{
    struct hold whole = *like;
    whole.lock = 0;
    *hold_at(id) = whole;
    __atomic_store_n(&hold_at(id)->lock, like->lock, __ATOMIC_RELEASE);
    if (id >= record_used(&ours, TABLE_HOLDS))
        record_commit(&ours, TABLE_HOLDS, id, 1);
}

/*
 * Under the raw lock. Nothing is added below a pruned node, which a thread may hold that was destroyed meanwhile; so no
 * way to the root is a cycle.
 */
static uint32_t append_locked(const struct hold *like, uint32_t hash)
{
    bool below = like->parent != 0 && hold_at(like->parent)->lock == 0;
    uint32_t id = below || lock_at(like->lock)->address != like->address ? 0 : new_hold_id();
    if (id == 0) {
        record_mark_incomplete(&ours, INCOMPLETE_SPACE);
        return 0;
    }
    write_node(id, like);
    trie_changes++;
    index_add(&by_parent, hash, id);
    bool waits = (like->how & HOW_WAIT) != 0 ||
                 ((like->how & HOW_NO_ORDER) == 0 && record_lock(&ours, like->lock)->kind == KIND_SEMAPHORE);
    lock_add_traits(like->lock, TRAIT_REFERENCED | (waits && like->parent != 0 ? TRAIT_AWAITED : 0));
    add_role_traits(like);
    return id;
}

static uint32_t append_node(const struct hold *like, uint32_t hash)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t id = append_locked(like, hash);
    raw_lock_release(l);
    return id;
}

static uint32_t add_node(const struct hold *like, const struct trie_call *c, uint32_t hash)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t id = find_node(like, c, hash);
    if (id == 0)
        id = append_locked(like, hash);
    raw_lock_release(l);
    return id;
}

/* 0: it has no id, or nothing but that is known of it. */
static uint32_t find_lock(uint64_t address)
{
    uint32_t id = lock_find(address);
    return id != 0 && (lock_at(id)->traits & TRAIT_PLACEHOLDER) == 0 ? id : 0;
}

/* It may have been acquired long ago: a thread may hold what was destroyed since. */
static uint32_t add_lock(uint64_t address, uint16_t kind, uint64_t site)
{
    struct lock_traits what = {.kind = kind, .site = site};
    if (!glibc_is_readable(address))
        what.traits = 0;
    else if (kind == KIND_MUTEX)
        what.traits = glibc_mutex_traits((const pthread_mutex_t *)(uintptr_t)address);
    else if (kind == KIND_RWLOCK)
        what.traits = glibc_rwlock_traits((const pthread_rwlock_t *)(uintptr_t)address);
    else if (kind == KIND_CONDITION)
        what.traits = glibc_condition_traits((const pthread_cond_t *)(uintptr_t)address);
    return lock_get(address, &what);
}

/* No room for a node: from now on the thread holds more than its path says. */
static uint32_t no_room(void)
{
    record_mark_incomplete(&ours, INCOMPLETE_HOLDS);
    return 0;
}

static uint32_t stack_of(const struct trie_call *c)
{
    const struct stack_call call = {c->site, c->frame};
    uint32_t stack = c->here != NULL && c->frame != 0 ? stack_here(c->here->site, c->here->frame) : 0;
    if (stack != 0 && (c->here->site != c->site || c->here->frame != c->frame))
        stack = stack_of_earlier(*c->here, call, c->callers);
    return stack != 0 && is_of(stack, c) ? stack : stack_of_call(c->site, c->frame, c->callers);
}

/* The node `h` in state h.parent, once its lock, depth and, unless it has one, stack are filled in. */
static uint32_t add_child(struct hold *h, uint32_t as, const struct trie_call *c)
{
    if (h->lock == 0)
        h->lock = add_lock(h->address, (uint16_t)as, c->site);
    if (h->lock == 0)
        return no_room();
    if (h->stack == 0)
        h->stack = stack_of(c);
    uint32_t id = add_node(h, c, hash_of(h, trie_key(c)));
    return id != 0 ? id : no_room();
}

static uint32_t node_of(struct hold h, uint32_t as, const struct trie_call *c)
{
    h.stack = c->stack;
    h.how = as >> 16 & 0xff;
    h.depth = (h.parent != 0 ? hold_at(h.parent)->depth : 0) + 1;
    h.lock = find_lock(h.address);
    uint32_t id = h.lock != 0 ? find_node(&h, c, hash_of(&h, trie_key(c))) : 0;
    if (id != 0)
        return id;
    struct signals_saved l = signals_block();
    id = add_child(&h, as, c);
    if (c->blocked != NULL)
        *c->blocked = l;
    else
        signals_unblock(l);
    return id;
}

uint32_t trie_child(uint32_t path, uint64_t address, uint32_t as, const struct trie_call *c)
{
    return node_of((struct hold){.address = address, .parent = path}, as, c);
}

uint32_t trie_with_stack(const struct hold *h, uint32_t stack)
{
    struct hold like = *h;
    like.stack = stack;
    uint32_t hash = hash_of(&like, record_site(&ours, stack)) ^ stack * 0x9E3779B9u;
    for (struct index_walk w = index_walk(&by_parent, hash); index_next(&w);) {
        const struct hold *n = hold_at(w.id);
        if (n->stack == stack && n->parent == h->parent && n->lock == h->lock && n->how == h->how)
            return w.id;
    }
    return append_node(&like, hash);
}

/* --- acquisitions: which thread, in which epoch --- */

static struct acquisition *acquisition_at(uint32_t id)
{
    return record_at(&ours, TABLE_ACQUISITIONS, id, sizeof(struct acquisition), record_first_shift[TABLE_ACQUISITIONS]);
}

/*
 * The first and the last ones stay: half of them in all, and of a thread all but one. With very many epochs only the
 * first do, so that the record does not grow for ever.
 */
static struct acquisition *find_one_to_give_way(const struct hold *h, bool *full)
{
    uint32_t all = 0, mine = 0;
    struct acquisition *newest_of_mine = NULL, *oldest_of_last = NULL;
    for (uint32_t id = h->first_acquisition; id != 0; id = acquisition_at(id)->next) {
        struct acquisition *a = acquisition_at(id);
        const struct epoch *e = record_item(&ours, TABLE_EPOCHS, a->epoch);
        if (e != NULL && e->serial == self.own->serial) {
            mine++;
            newest_of_mine = newest_of_mine == NULL || newest_of_mine->epoch < a->epoch ? a : newest_of_mine;
        }
        if (++all <= ACQUISITIONS_MOST / 2)
            oldest_of_last = oldest_of_last == NULL || a->epoch < oldest_of_last->epoch ? a : oldest_of_last;
    }
    *full = all >= ACQUISITIONS_MOST || mine >= ACQUISITIONS_THREAD;
    return mine >= ACQUISITIONS_THREAD ? newest_of_mine : oldest_of_last;
}

static bool has_acquisition_now(const struct hold *h)
{
    uint32_t id = atomic_load_explicit(&h->first_acquisition, memory_order_acquire);
    while (id != 0 && acquisition_at(id)->epoch != self.epoch)
        id = acquisition_at(id)->next;
    return id != 0 && self.epoch != 0;
}

/* Whether it is a writer that goes before waiting readers, and so can come between two of them. */
static bool comes_first(const struct hold *h)
{
    return (h->how & HOW_SHARED) == 0 && (lock_at(h->lock)->traits & TRAIT_PREFER_WRITER) != 0;
}

static uint32_t new_acquisition_id(void)
{
    uint32_t id = free_acquisitions;
    if (id == 0)
        return record_reserve(&ours, TABLE_ACQUISITIONS, 1);
    free_acquisitions = acquisition_at(id)->next;
    return id;
}

/* Of this epoch, in the place of one that gives way, if there are enough. Under the raw lock. */
static void record_acquisition(struct hold *h)
{
    bool full;
    struct acquisition *gives_way = find_one_to_give_way(h, &full);
    if (full && record_used(&ours, TABLE_EPOCHS) >= EPOCHS_MOST)
        return;
    uint32_t epoch = epoch_now();
    if (full && epoch != 0)
        gives_way->epoch = epoch;
    uint32_t id = full || epoch == 0 ? 0 : new_acquisition_id();
    if (id == 0)
        return;
    *acquisition_at(id) = (struct acquisition){.epoch = epoch, .next = h->first_acquisition};
    if (id >= record_used(&ours, TABLE_ACQUISITIONS))
        record_commit(&ours, TABLE_ACQUISITIONS, id, 1);
    atomic_store_explicit(&h->first_acquisition, id, memory_order_release);
}

/* What is in no lock order is not recorded: an acquisition by trylock, and an outermost lock. */
void trie_add_acquisition(uint32_t id)
{
    struct hold *h = hold_at(id);
    atomic_fetch_add_explicit(&h->count, 1, memory_order_relaxed);
    const bool orders = h->parent != 0 || comes_first(h);
    if (!orders || (h->how & HOW_NO_ORDER) != 0 || has_acquisition_now(h))
        return;
    struct signals_saved l = raw_lock_acquire();
    record_acquisition(h);
    raw_lock_release(l);
}

/* --- pruning --- */

static bool is_dropped(uint32_t id)
{
    return hold_at(id)->lock == 0;
}

/* Whether a node is dropped: with its lock, or with the node above it. */
static bool is_pruned(const struct hold *h)
{
    return (lock_at(h->lock)->traits & TRAIT_PRUNED) != 0 || (h->parent != 0 && is_dropped(h->parent));
}

/* A node above another may have the greater id, as slots are used again; so one pass is not always enough. */
static void drop_pruned(uint32_t used)
{
    for (bool any = true; any;) {
        any = false;
        for (uint32_t id = 1; id < used; id++)
            if (!is_dropped(id) && is_pruned(hold_at(id))) {
                __atomic_store_n(&hold_at(id)->lock, 0, __ATOMIC_RELEASE);
                any = true;
            }
    }
}

static void free_acquisitions_from(uint32_t first)
{
    for (uint32_t id = first, next; id != 0; id = next) {
        next = acquisition_at(id)->next;
        *acquisition_at(id) = (struct acquisition){.next = free_acquisitions};
        free_acquisitions = id;
    }
}

/* What is free already has no address. */
static void free_dropped(uint32_t used)
{
    index_remove(&by_parent, is_dropped);
    for (uint32_t id = 1; id < used; id++) {
        struct hold *h = hold_at(id);
        if (h->lock != 0 || h->address == 0)
            continue;
        free_acquisitions_from(h->first_acquisition);
        *h = (struct hold){.stack = free_holds};
        free_holds = id;
    }
}

/* --- taking locks out from between others --- */

/* Whether a hold has room for an acquisition of this epoch, and has none of it. */
static bool has_room_for(const struct hold *h, uint32_t epoch)
{
    uint32_t all = 0, same = 0;
    for (uint32_t id = h->first_acquisition; id != 0; id = acquisition_at(id)->next, all++) {
        if (acquisition_at(id)->epoch == epoch)
            return false;
        same += epoch_at(acquisition_at(id)->epoch)->serial == epoch_at(epoch)->serial;
    }
    return all < ACQUISITIONS_MOST && same < ACQUISITIONS_THREAD;
}

static void add_acquisitions(struct hold *to, struct hold *from)
{
    uint32_t left = 0;
    for (uint32_t id = from->first_acquisition, next; id != 0; id = next) {
        struct acquisition *t = acquisition_at(id);
        next = t->next;
        bool add = has_room_for(to, t->epoch);
        t->next = add ? to->first_acquisition : left;
        if (add)
            to->first_acquisition = id;
        else
            left = id;
    }
    from->first_acquisition = 0;
    free_acquisitions_from(left);
}

/* The next node towards the root that stays; for one that was merged into another, that one. */
static uint32_t nearest_kept(uint32_t id)
{
    while (id != 0 && is_dropped(id))
        id = hold_at(id)->parent;
    return id;
}

/* A node whose parent is taken out is merged into a like node below what stays; created, if there is none. */
static void move_up(struct hold *h)
{
    struct hold like = *h;
    like.parent = nearest_kept(h->parent);
    like.depth = (like.parent != 0 ? hold_at(like.parent)->depth : 0) + 1;
    like.count = like.first_acquisition = 0;
    uint32_t to = 0;
    if (like.parent != 0 || (h->how & HOW_WAIT) == 0) { /* a wait without a held lock cannot be reported */
        const struct trie_call call = {.site = record_site(&ours, h->stack), .stack = h->stack};
        uint32_t hash = hash_of(&like, trie_key(&call));
        to = find_node(&like, &call, hash);
        if (to == 0 && (to = append_locked(&like, hash)) == 0) {
            h->parent = like.parent; /* no room: there it stays, in no index */
            return;
        }
        atomic_fetch_add(&hold_at(to)->count, h->count);
        add_acquisitions(hold_at(to), h);
    }
    h->parent = to;
    __atomic_store_n(&h->lock, 0, __ATOMIC_RELEASE);
}

static bool drop_pruned_alone(void)
{
    bool any = false;
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    for (uint32_t id = 1; id < used; id++)
        if (!is_dropped(id) && (lock_at(hold_at(id)->lock)->traits & TRAIT_PRUNED_ALONE) != 0) {
            __atomic_store_n(&hold_at(id)->lock, 0, __ATOMIC_RELEASE);
            any = true;
        }
    return any;
}

/*
 * What is above moves first, also above a node that is taken out: else a node would move below one that moves later,
 * and has a greater id. Deeper than TRIE_DEEP nothing moves (TRAIT_DEEP).
 */
static void move_if_due(uint32_t id)
{
    struct hold *h = hold_at(id);
    if (h->parent == 0 || h->depth > TRIE_DEEP)
        return;
    move_if_due(h->parent);
    if (h->lock != 0 && is_dropped(h->parent))
        move_up(h);
}

static void move_all_up(void)
{
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    for (uint32_t id = 1; id < used; id++)
        move_if_due(id);
}

void trie_prune(void)
{
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    atomic_fetch_add(&ours.header->prunings, 1);
    drop_pruned(used);
    free_dropped(used);
    if (drop_pruned_alone()) {
        move_all_up();
        free_dropped(record_used(&ours, TABLE_HOLDS));
    }
    atomic_fetch_add(&ours.header->prunings, 1);
}
