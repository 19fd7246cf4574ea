#include "preload/hold/hold.h"
#include "preload/store/recording.h"

#include "detect/held.h"
#include "preload/hold/held_list.h"
#include "preload/hold/path_cache.h"
#include "preload/hold/prune.h"
#include "preload/hold/trie.h"
#include "preload/stack/stack.h"

#include <stdatomic.h>
#include <string.h>

/*
 * Where a lock is released that is not the innermost one, up to REBUILD_MOST further in are written anew, so that the
 * same holding is the same path again, and the cache knows it. That costs their number, each time that the order is a
 * new one; so with more of them the thread goes over to a list. From that it comes back to a path before it acquires
 * the next one, if no more than LISTED_MOST are left.
 */
enum { REBUILD_MOST = 16, LISTED_MOST = 64 };

uint64_t hold_timing;
void (*hold_timing_acquired)(uint64_t address);
void (*hold_timing_releases)(const struct thread *t, uint64_t address);

/* --- acquiring --- */

static inline uint64_t cache_site(uint64_t site, uint32_t as)
{
    return site | (uint64_t)(as >> 16) << 56;
}

static void set_path(struct thread *t, uint32_t path)
{
    atomic_store_explicit(&t->path, path, memory_order_release);
}

/* Whether locks were pruned since the thread last checked: then its cache may name nodes that are others now. */
static inline bool cache_is_stale(void)
{
    return (self.changes ^ lock_changes) >= LOCK_CHANGES_PRUNED;
}

static void clear_cache_if_stale(void)
{
    if (!cache_is_stale())
        return;
    self.changes = lock_changes / LOCK_CHANGES_PRUNED * LOCK_CHANGES_PRUNED | (uint32_t)self.changes;
    path_cache_clear();
}

/* State `path` with one lock more, by the cache; created and cached if it is new. `path` itself if there is no room. */
static inline uint32_t path_with(uint32_t path, uint64_t address, uint32_t as, const struct trie_call *c)
{
    uint64_t mark = cache_site(trie_key(c), as);
    clear_cache_if_stale(); /* `path` may be a node that was another one a moment ago */
    struct path_cache *k = path_cache_find(path, address, mark);
    if (likely(k != NULL)) {
        path_cache_hit(k);
        return k->to;
    }
    uint32_t child = trie_child(path, address, as, c);
    if (child == 0)
        return path;
    trie_add_acquisition(child);
    path_cache_add(path, address, mark, child);
    return child;
}

/* --- releasing --- */

static void set_path_and_outer(struct thread *t, uint32_t path)
{
    set_path(t, path);
    atomic_store_explicit(&t->outer, path != 0 ? hold_at(path)->address : 0, memory_order_release);
}

static uint32_t inside_of(uint32_t path, uint32_t node)
{
    uint32_t count = 0;
    for (uint32_t id = path; id != node; id = hold_at(id)->parent)
        count++;
    return count;
}

/* Path without one of its nodes: the few that are further in, below what is further out. */
static uint32_t rebuild(uint32_t path, uint32_t without)
{
    uint32_t inner[REBUILD_MOST], count = 0, to = hold_at(without)->parent;
    for (uint32_t id = path; id != without; id = hold_at(id)->parent)
        inner[count++] = id;
    while (count-- > 0) {
        uint32_t next = trie_rebuilt(to, inner[count]);
        to = next != 0 ? next : to;
    }
    return to;
}

static void hold_as_list(struct thread *t, uint32_t without)
{
    uint32_t path = t->path;
    t->outer_as = HOLD_AS(KIND_NONE, 0);
    if (held_list_take(path, without)) {
        atomic_store_explicit(&t->outer, HELD_LIST, memory_order_release);
        set_path(t, 0);
    } else {
        record_mark_incomplete(&ours, INCOMPLETE_HOLDS);
        set_path_and_outer(t, 0);
    }
}

/* The lock of this node on the thread's path is released. */
static void remove_node(struct thread *t, uint32_t node)
{
    if (inside_of(t->path, node) <= REBUILD_MOST)
        set_path_and_outer(t, rebuild(t->path, node));
    else
        hold_as_list(t, node);
}

/* Semaphores that turned out to be event semaphores leave the path: they are not held. */
static void drop_signals(struct thread *t)
{
    for (uint32_t id = t->path; id != 0;)
        if (lock_is_signal(hold_at(id)->address)) {
            remove_node(t, id);
            id = t->path;
        } else
            id = hold_at(id)->parent;
}

static void invalidate_cache(struct thread *t)
{
    clear_cache_if_stale();
    uint64_t changes = lock_changes;
    if ((uint32_t)self.changes == (uint32_t)changes)
        return;
    self.changes = (self.changes ^ (uint32_t)self.changes) | (uint32_t)changes;
    drop_signals(t);
}

/* --- the list --- */

static bool release_listed(struct thread *t, uint64_t address)
{
    bool held = held_list_remove(address);
    if (held && held_list_count() == 0)
        t->outer = 0;
    return held;
}

/* With so many locks no path is made: what is acquired under them is in no lock order. */
static void add_to_list(uint64_t address, uint32_t as, uint64_t site)
{
    held_list_add((struct held_item){.address = address, .site = site, .as = as | HOLD_AS(KIND_NONE, HOW_REBUILT)});
    record_mark_incomplete(&ours, INCOMPLETE_HOLDS);
}

static void path_of_list(struct thread *t)
{
    uint32_t path = 0, count = held_list_count();
    for (uint32_t i = 0; i < count; i++) {
        struct held_item h = held_list_at(i);
        if (!lock_is_signal(h.address))
            path = hold_path(path, h.address, h.as, h.site, h.stack != 0 ? h.stack : stack_of_site(h.site));
    }
    held_list_clear();
    set_path_and_outer(t, path);
}

/* `here`: the call that the thread is in; NULL: not known. */
static void complete_path(struct thread *t, const struct stack_call *here)
{
    if (t->outer == 0 || t->path != 0 || !recording_ready() || !path_cache_ready())
        return;
    t = self.own;
    if (t->outer == 0)
        return;
    if (t->outer == HELD_LIST) {
        path_of_list(t);
        return;
    }
    /* A once routine that threw an exception never released its control, as we see it; but its frame is gone. */
    bool thrown =
        (uint16_t)t->outer_as == KIND_ONCE && t->outer_frame < (uint64_t)(uintptr_t)__builtin_frame_address(0);
    if (thrown || ((uint16_t)t->outer_as == KIND_SEMAPHORE && lock_is_signal(t->outer))) {
        t->outer = 0;
        return;
    }
    const struct trie_call call = {
        .site = t->outer_site, .frame = t->outer_frame, .callers = &self.callers, .here = here};
    set_path(t, path_with(0, t->outer, t->outer_as, &call));
}

void hold_complete_path(struct thread *t)
{
    complete_path(t, NULL);
}

void hold_complete_path_from_hook(struct thread *t)
{
    if (t->path != 0 || ours.header == NULL)
        return;
    int error = self_enter();
    hold_complete_path(t);
    self_leave(error);
}

static bool is_long_list(const struct thread *t)
{
    return t->outer == HELD_LIST && held_list_count() > LISTED_MOST;
}

static void acquire_slowly(uint64_t address, uint32_t as, const struct trie_call *c)
{
    int error = self_enter();
    if (recording_ready() && path_cache_ready()) {
        struct thread *t = self.own;
        invalidate_cache(t);
        bool long_list = is_long_list(t);
        if (!long_list)
            complete_path(t, c->here);
        if (long_list)
            add_to_list(address, as, c->site);
        else if (t->outer == 0) {
            self.callers = *c->callers;
            hold_set_outermost(t, address, as, c->site, c->frame);
        } else
            set_path(t, path_with(t->path, address, as, c));
        if (hold_timing != 0) {
            hold_complete_path(t); /* so that its release goes through hold_release_nested */
            hold_timing_acquired(address);
        }
        prune_if_due();
    }
    self_leave(error);
}

void hold_acquire_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame,
                         const uint64_t *begin)
{
    struct callers callers;
    const struct stack_call here = {site, frame};
    callers_see(&callers, site, frame, begin);
    const uint64_t changes = self.changes; /* a signal handler may run here, and update it */
    if (likely(self.path_cache != NULL && changes == lock_changes && hold_timing == 0)) {
        uint32_t before = t->path, path = before;
        struct path_cache *k;
        if (path == 0) {
            k = path_cache_find(0, t->outer, cache_site(self.callers.key, t->outer_as));
            if (unlikely(k == NULL))
                goto slowly;
            path = k->to;
        }
        k = path_cache_find(path, address, cache_site(callers.key, as));
        if (likely(k != NULL)) {
            set_path(t, k->to);
            if (likely(changes == lock_changes)) { /* else pruning may have missed it there: preload/hold/prune.c */
                path_cache_hit(k);
                return;
            }
            set_path(t, before);
        }
    }
slowly:
    acquire_slowly(address, as, &(struct trie_call){.site = site, .frame = frame, .callers = &callers, .here = &here});
}

/* --- waiting while holding locks --- */

static void wait_slowly(uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    const struct stack_call here = {site, frame};
    invalidate_cache(self.own);
    if (is_long_list(self.own))
        record_mark_incomplete(&ours, INCOMPLETE_HOLDS);
    else
        complete_path(self.own, &here);
    if (self.own->path != 0)
        path_with(self.own->path, address, as, &(struct trie_call){.site = site, .frame = frame, .here = &here});
    prune_if_due();
}

void hold_wait_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    as |= HOLD_AS(KIND_NONE, HOW_WAIT);
    if (likely(self.path_cache != NULL && self.changes == lock_changes)) {
        const struct path_cache *outer =
            t->path == 0 ? path_cache_find(0, t->outer, cache_site(self.callers.key, t->outer_as)) : NULL;
        uint32_t path = outer != NULL ? outer->to : t->path;
        struct path_cache *k = path != 0 ? path_cache_find(path, address, cache_site(site, as)) : NULL;
        if (likely(k != NULL)) {
            path_cache_hit(k);
            return;
        }
    }
    int error = self_enter();
    if (recording_ready() && path_cache_ready())
        wait_slowly(address, as, site, frame);
    self_leave(error);
}

static bool release_from_path(struct thread *t, uint64_t address)
{
    clear_cache_if_stale();
    uint32_t path = t->path, node = held_find(&ours, path, address);
    if (node != 0)
        remove_node(t, node);
    if ((node == 0 || t->path != 0) && path_cache_ready())
        path_cache_add(path, address, PATH_CACHE_RELEASE, node != 0 ? t->path : NOT_HELD);
    return node != 0;
}

static bool release_slowly(uint64_t address)
{
    int error = self_enter();
    struct thread *t = self.own;
    bool held = t->outer == HELD_LIST ? release_listed(t, address) : release_from_path(t, address);
    self_leave(error);
    return held;
}

bool hold_release_nested(struct thread *t, uint64_t address)
{
    uint32_t path = t->path;
    if (unlikely(hold_timing != 0))
        hold_timing_releases(t, address);
    if (path == 0) /* no lock, only the outermost one, which is another, or a list */
        return t->outer == HELD_LIST && release_slowly(address);
    const struct hold *h = hold_at(path);
    if (h->address == address) {
        set_path_and_outer(t, h->parent);
        return true;
    }
    const uint64_t changes = self.changes;
    if (self.path_cache != NULL && !cache_is_stale()) {
        const struct path_cache *k = path_cache_find(path, address, PATH_CACHE_RELEASE);
        uint32_t left = k != NULL ? k->to : 0;
        if (k != NULL && likely((changes ^ lock_changes) < LOCK_CHANGES_PRUNED)) {
            if (left != NOT_HELD)
                set_path_and_outer(t, left);
            return left != NOT_HELD;
        }
    }
    return release_slowly(address);
}

uint32_t hold_use_own_stack(struct thread *t, const struct stack_call *here)
{
    const struct stack_call taken = {t->outer_site, t->outer_frame};
    uint32_t path = t->path;
    if (path == 0)
        return 0;
    const struct hold *h = hold_at(path);
    if (h->parent != 0 || record_site(&ours, h->stack) != t->outer_site || h->address != t->outer ||
        (h->how & HOW_REBUILT) != 0)
        return path;
    uint32_t stack = stack_of_earlier(*here, taken, &self.callers);
    uint32_t exact = stack != 0 && stack != h->stack ? trie_with_stack(h, stack) : 0;
    if (exact != 0)
        set_path(t, exact);
    return path;
}

void hold_set_path(struct thread *t, uint32_t path)
{
    set_path(t, path);
}

void hold_drop(struct thread *t)
{
    set_path_and_outer(t, 0);
}

/* --- semaphores --- */

_Atomic uint64_t hold_posted_seen[HOLD_POSTED_SEEN];

void hold_posted_own_first(uint64_t address)
{
    if (ours.header == NULL) {
        lock_early_posted(address);
        return;
    }
    uint32_t id = lock_find(address);
    if (id == 0)
        return;
    int error = self_enter();
    lock_add_traits(id, TRAIT_POSTED);
    hold_posted_seen[hold_posted_place(address)] = address;
    self_leave(error);
}

uint32_t hold_path(uint32_t path, uint64_t address, uint32_t as, uint64_t site, uint32_t stack)
{
    uint32_t child = trie_child(path, address, as, &(struct trie_call){.site = site, .stack = stack});
    return child != 0 ? child : path;
}

/* --- fork --- */

static struct held_item item_of(const struct hold *h)
{
    return (struct held_item){.address = h->address,
                              .site = record_site(&ours, h->stack),
                              .as = HOLD_AS(record_lock(&ours, h->lock)->kind, h->how & ~HOW_REBUILT)};
}

void hold_save(const struct thread *t, struct hold_saved *kept)
{
    enum { MOST = sizeof kept->item / sizeof kept->item[0] };
    *kept = (struct hold_saved){.count = 0};
    if (t->path != 0) {
        for (uint32_t id = t->path; id != 0 && kept->count < MOST; id = hold_at(id)->parent)
            kept->item[kept->count++] = item_of(hold_at(id));
    } else if (t->outer == HELD_LIST) {
        for (uint32_t i = held_list_count(); i-- > 0 && kept->count < MOST;)
            kept->item[kept->count++] = held_list_at(i);
        for (uint32_t i = 0; i < kept->count; i++)
            kept->item[i].as &= ~HOLD_AS(KIND_NONE, HOW_REBUILT);
    } else if (t->outer != 0) {
        kept->count = 1;
        kept->frame = t->outer_frame;
        kept->item[0] = (struct held_item){.address = t->outer, .site = t->outer_site, .as = t->outer_as};
    }
}

static uint64_t inherited; /* address of the only lock that the child inherited; else 0 */

void hold_take_over(struct thread *t, const struct hold_saved *kept)
{
    set_path(t, 0);
    t->outer = 0;
    inherited = kept->count == 1 ? kept->item[0].address : 0;
    if (kept->frame == 0)
        self.callers = (struct callers){.key = kept->item[0].site};
    if (kept->count == 1)
        hold_set_outermost(t, kept->item[0].address, kept->item[0].as, kept->item[0].site, kept->frame);
    else if (kept->count > 1 && held_list_take(0, 0)) {
        for (uint32_t i = kept->count; i-- > 0;) {
            struct held_item h = kept->item[i];
            h.stack = 0; /* it is one of the parent's record */
            held_list_add(h);
        }
        hold_set_outermost(t, HELD_LIST, HOLD_AS(KIND_NONE, 0), 0, 0);
    }
}

void hold_drop_inherited(struct thread *t, bool (*out)(uint64_t address))
{
    if (t->path == 0 && t->outer == HELD_LIST) {
        for (uint32_t i = held_list_count(); i-- > 0;)
            if (out(held_list_at(i).address))
                release_listed(t, held_list_at(i).address);
    } else if (t->path == 0 && t->outer != 0 && t->outer == inherited && out(inherited))
        t->outer = 0;
}
