#include "preload/hold/hold.h"
#include "preload/store/recording.h"

#include "detect/held.h"
#include "preload/hold/path_cache.h"
#include "preload/hold/prune.h"
#include "preload/hold/trie.h"
#include "preload/stack/stack.h"

#include <stdatomic.h>
#include <string.h>

enum {
    FEW = 8,         /* up to so many locks a holding is written anew when one of them is released out of order */
    STEPS = 1 << 18, /* on the way up a path, before a thread has better things to do */
};

uint64_t hold_timing;
void (*hold_timing_acquired)(uint64_t address);
void (*hold_timing_releases)(const struct thread *t, uint64_t address);

/* --- taking --- */

static inline uint64_t mark_of(uint64_t site, uint32_t as)
{
    return site | (uint64_t)(as >> 16) << 56;
}

static void set_path(struct thread *t, uint32_t path)
{
    atomic_store_explicit(&t->path, path, memory_order_release);
}

/* Whether locks were forgotten since the thread last heeded that: then its cache may name nodes that are others now. */
static inline bool is_void(void)
{
    return (self.changes ^ lock_changes) >= LOCK_NEWS_FORGOTTEN;
}

static void heed_forgotten(void)
{
    if (!is_void())
        return;
    self.changes = lock_changes / LOCK_NEWS_FORGOTTEN * LOCK_NEWS_FORGOTTEN | (uint32_t)self.changes;
    path_cache_forget();
}

/* State `path` with one lock more, by the cache; made and remembered when it is changes. Path itself when there is no
 * room. */
static inline uint32_t go_down(uint32_t path, uint64_t address, uint32_t as, const struct trie_call *c)
{
    uint64_t mark = mark_of(trie_key(c), as);
    heed_forgotten(); /* `path` may be a node that was another one a moment ago */
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

/*
 * Whether a node that is not a mark itself is still held in state `path`, which lies below it. Takes the steps that it
 * needs off *steps, and says no when they are used up.
 */
static bool is_held(uint32_t path, uint32_t node, uint32_t *steps)
{
    uint64_t address = hold_at(node)->address;
    int balance = 0;
    for (uint32_t id = path; id != node && *steps > 0; id = hold_at(id)->parent, --*steps)
        if (hold_at(id)->address == address)
            balance += (hold_at(id)->how & HOW_RELEASED) != 0 ? 1 : balance > 0 ? -1 : 0;
    return balance == 0 && *steps > 0;
}

bool hold_is_held(uint32_t path, uint32_t node)
{
    uint32_t steps = STEPS;
    return is_held(path, node, &steps);
}

/*
 * Write the `left` locks that are still held, a few, anew from the root: so that the same holding is the same path
 * again, however it came about. 0 when there is no room, or when they are not found soon.
 */
static uint32_t rebuild(uint32_t path, uint32_t without, uint32_t left)
{
    uint32_t held[FEW], count = 0, steps = STEPS;
    for (uint32_t id = path; id != 0 && count < left && steps > 0; id = hold_at(id)->parent)
        if (id != without && (hold_at(id)->how & HOW_RELEASED) == 0 && is_held(path, id, &steps))
            held[count++] = id;
    if (count < left)
        return 0;
    uint32_t to = 0;
    while (count-- > 0) {
        uint32_t next = trie_again(to, held[count]);
        to = next != 0 ? next : to;
    }
    return to;
}

/*
 * What is left of `path` when a lock that is not its innermost is released; NOT_HELD when it was not held. Among few
 * locks the rest is written anew. Among many that would cost their number each time, so there a node more says that it
 * was released; `owned` tells that it is held, so that nobody need look for it.
 */
static uint32_t give_back(uint32_t path, uint64_t address, bool owned)
{
    uint32_t left = hold_at(path)->depth - 1;
    uint32_t node = owned && left > FEW ? path : held_find(&ours, path, address);
    if (node == 0)
        return NOT_HELD;
    if (left == 0)
        return 0;
    uint32_t anew = left <= FEW ? rebuild(path, node, left) : 0;
    if (anew != 0)
        return anew;
    uint32_t id = trie_child(path, address, HOLD_AS(KIND_NONE, HOW_RELEASED), &(struct trie_call){.site = 0});
    return id != 0 ? id : path;
}

static void set_left(struct thread *t, uint32_t path)
{
    set_path(t, path);
    atomic_store_explicit(&t->outer, path != 0 ? hold_at(path)->address : 0, memory_order_release);
}

/* Semaphores that turned out to be signals leave the path: nobody holds a signal. */
static void drop_signals(struct thread *t)
{
    uint32_t id = t->path;
    for (uint32_t steps = STEPS; id != 0 && steps > 0;) {
        const struct hold *h = hold_at(id);
        if ((h->how & HOW_RELEASED) == 0 && lock_is_signal(h->address) && is_held(t->path, id, &steps)) {
            set_left(t, give_back(t->path, h->address, true));
            id = t->path;
        } else
            id = h->parent;
    }
}

static void invalidate_cache(struct thread *t)
{
    heed_forgotten();
    uint64_t changes = lock_changes;
    if ((uint32_t)self.changes == (uint32_t)changes)
        return;
    self.changes = (self.changes ^ (uint32_t)self.changes) | (uint32_t)changes;
    drop_signals(t);
}

/*
 * What the one thread of a fork's child brought along, if that is more than one lock. It becomes a path only when the
 * child begins a record; most children execute something instead. Until then thread.outer is the address of this.
 */
static struct hold_kept inherited; /* innermost first */
static uint64_t brought;           /* or, if it was one, that */

static uint64_t inherited_mark(void)
{
    return (uint64_t)(uintptr_t)&inherited;
}

static bool give_inherited(struct thread *t, uint64_t address)
{
    uint32_t i = 0;
    while (i < inherited.count && inherited.item[i].address != address)
        i++;
    if (i == inherited.count)
        return false;
    memmove(&inherited.item[i], &inherited.item[i + 1], (--inherited.count - i) * sizeof inherited.item[0]);
    if (inherited.count == 0)
        t->outer = 0;
    return true;
}

static void settle_inherited(struct thread *t)
{
    uint32_t path = 0;
    for (uint32_t i = inherited.count; i-- > 0;)
        path = hold_path(path, inherited.item[i].address, inherited.item[i].as, inherited.item[i].site,
                         stack_of_site(inherited.item[i].site));
    inherited.count = 0;
    set_left(t, path);
}

/* `here`: the call that the thread is in; NULL: not known. */
static void settle(struct thread *t, const struct stack_call *here)
{
    if (t->outer == 0 || t->path != 0 || !recording_ready() || !path_cache_ready())
        return;
    t = self.own;
    if (t->outer == 0)
        return;
    if (t->outer == inherited_mark()) {
        settle_inherited(t);
        return;
    }
    /* A once routine that threw an exception did not pass by us to give its control back; but its frame is gone. */
    bool thrown =
        (uint16_t)t->outer_as == KIND_ONCE && t->outer_frame < (uint64_t)(uintptr_t)__builtin_frame_address(0);
    if (thrown || ((uint16_t)t->outer_as == KIND_SEMAPHORE && lock_is_signal(t->outer))) {
        t->outer = 0;
        return;
    }
    const struct trie_call call = {
        .site = t->outer_site, .frame = t->outer_frame, .callers = &self.callers, .here = here};
    set_path(t, go_down(0, t->outer, t->outer_as, &call));
}

void hold_settle(struct thread *t)
{
    settle(t, NULL);
}

void hold_write_down(struct thread *t)
{
    if (t->path != 0 || ours.header == NULL)
        return;
    int error = self_enter();
    hold_settle(t);
    self_leave(error);
}

static void take_slowly(uint64_t address, uint32_t as, const struct trie_call *c)
{
    int error = self_enter();
    if (recording_ready() && path_cache_ready()) {
        struct thread *t = self.own;
        invalidate_cache(t);
        settle(t, c->here);
        if (t->outer == 0) {
            self.callers = *c->callers;
            hold_note(t, address, as, c->site, c->frame);
        } else
            set_path(t, go_down(t->path, address, as, c));
        if (hold_timing != 0) {
            hold_settle(t); /* so that giving it back passes by hold_release_nested */
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
    const uint64_t changes = self.changes; /* a signal handler may come, and heed what is new, at any time */
    if (likely(self.known != NULL && changes == lock_changes && hold_timing == 0)) {
        uint32_t before = t->path, path = before;
        struct path_cache *k;
        if (path == 0) {
            k = path_cache_find(0, t->outer, mark_of(self.callers.key, t->outer_as));
            if (unlikely(k == NULL))
                goto slowly;
            path = k->to;
        }
        k = path_cache_find(path, address, mark_of(callers.key, as));
        if (likely(k != NULL)) {
            set_path(t, k->to);
            if (likely(changes == lock_changes)) { /* else perhaps nobody saw it there: preload/hold/prune.c */
                path_cache_hit(k);
                return;
            }
            set_path(t, before);
        }
    }
slowly:
    take_slowly(address, as, &(struct trie_call){.site = site, .frame = frame, .callers = &callers, .here = &here});
}

/* --- waiting with something in hand --- */

static void wait_slowly(uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    const struct stack_call here = {site, frame};
    invalidate_cache(self.own);
    settle(self.own, &here);
    if (self.own->path != 0)
        go_down(self.own->path, address, as, &(struct trie_call){.site = site, .frame = frame, .here = &here});
    prune_if_due();
}

void hold_wait_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    as |= HOLD_AS(KIND_NONE, HOW_WAIT);
    if (likely(self.known != NULL && self.changes == lock_changes)) {
        const struct path_cache *outer =
            t->path == 0 ? path_cache_find(0, t->outer, mark_of(self.callers.key, t->outer_as)) : NULL;
        uint32_t path = outer != NULL ? outer->to : t->path;
        struct path_cache *k = path != 0 ? path_cache_find(path, address, mark_of(site, as)) : NULL;
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

static bool give_slowly(uint64_t address, bool mutex)
{
    int error = self_enter();
    struct thread *t = self.own;
    uint32_t left = NOT_HELD;
    hold_settle(t);
    heed_forgotten();
    t = self.own;
    if (t->path != 0 && path_cache_ready()) {
        bool owned = mutex && ((const pthread_mutex_t *)(uintptr_t)address)->__data.__owner == (int)t->tid;
        left = give_back(t->path, address, owned);
        path_cache_add(t->path, address, KNOWN_GIVEN, left);
        if (left != NOT_HELD)
            set_left(t, left);
    }
    self_leave(error);
    return left != NOT_HELD;
}

bool hold_release_nested(struct thread *t, uint64_t address, bool mutex)
{
    uint32_t path = t->path;
    if (unlikely(hold_timing != 0))
        hold_timing_releases(t, address);
    if (path == 0) /* nothing, or just the one lock that is noted, and that is another one */
        return t->outer == inherited_mark() && give_inherited(t, address);
    const struct hold *h = hold_at(path);
    if (h->address == address && (h->how & HOW_RELEASED) == 0) {
        set_left(t, h->parent);
        return true;
    }
    const uint64_t changes = self.changes;
    if (self.known != NULL && !is_void()) {
        const struct path_cache *k = path_cache_find(path, address, KNOWN_GIVEN);
        uint32_t left = k != NULL ? k->to : 0;
        if (k != NULL && likely((changes ^ lock_changes) < LOCK_NEWS_FORGOTTEN)) {
            if (left != NOT_HELD)
                set_left(t, left);
            return left != NOT_HELD;
        }
    }
    return give_slowly(address, mutex);
}

uint32_t hold_make_exact(struct thread *t, const struct stack_call *here)
{
    const struct stack_call taken = {t->outer_site, t->outer_frame};
    uint32_t path = t->path;
    if (path == 0)
        return 0;
    const struct hold *h = hold_at(path);
    if (h->parent != 0 || record_site(&ours, h->stack) != t->outer_site || h->address != t->outer ||
        (h->how & (HOW_REBUILT | HOW_RELEASED)) != 0)
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
    set_left(t, 0);
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

void hold_save(const struct thread *t, struct hold_kept *kept)
{
    enum { MOST = sizeof kept->item / sizeof kept->item[0] };
    kept->count = 0;
    kept->frame = 0;
    if (t->path == 0 && t->outer == inherited_mark()) {
        *kept = inherited;
        return;
    }
    if (t->path == 0 && t->outer != 0) {
        kept->count = 1;
        kept->frame = t->outer_frame;
        kept->item[0].address = t->outer;
        kept->item[0].site = t->outer_site;
        kept->item[0].as = t->outer_as;
        return;
    }
    uint32_t steps = STEPS;
    for (uint32_t id = t->path; id != 0 && kept->count < MOST; id = hold_at(id)->parent) {
        const struct hold *h = hold_at(id);
        if ((h->how & HOW_RELEASED) != 0 || !is_held(t->path, id, &steps))
            continue;
        unsigned i = kept->count++;
        kept->item[i].address = h->address;
        kept->item[i].site = record_site(&ours, h->stack);
        kept->item[i].as = HOLD_AS(record_lock(&ours, h->lock)->kind, h->how & ~HOW_REBUILT);
    }
}

void hold_restore(struct thread *t, const struct hold_kept *kept)
{
    path_cache_reset();
    set_path(t, 0);
    t->outer = 0;
    inherited.count = 0;
    if (kept->frame == 0)
        self.callers = (struct callers){.key = kept->item[0].site};
    brought = kept->count == 1 ? kept->item[0].address : 0;
    if (kept->count == 1)
        hold_note(t, kept->item[0].address, kept->item[0].as, kept->item[0].site, kept->frame);
    else if (kept->count > 1) {
        inherited = *kept;
        hold_note(t, inherited_mark(), HOLD_AS(KIND_NONE, 0), 0, 0);
    }
}

void hold_leave_inherited(struct thread *t, bool (*out)(uint64_t address))
{
    if (t->path != 0 || t->outer == 0)
        return;
    if (t->outer == inherited_mark()) {
        for (uint32_t i = inherited.count; i-- > 0;)
            if (out(inherited.item[i].address))
                give_inherited(t, inherited.item[i].address);
    } else if (t->outer == brought && out(brought))
        t->outer = 0;
}
