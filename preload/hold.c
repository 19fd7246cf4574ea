#include "preload/hold.h"

#include "preload/epoch.h"
#include "preload/index.h"
#include "preload/known.h"
#include "preload/latch.h"
#include "preload/process.h"
#include "preload/stack.h"
#include "preload/state.h"

#include <stdatomic.h>
#include <string.h>

enum {
    FEW = 8,         /* up to so many locks a holding is written anew when one of them is given back out of order */
    STEPS = 1 << 18, /* on the way up a path, before a thread has better things to do */
};

/* --- nodes --- */

static struct index by_parent;

static inline struct hold *hold_at(uint32_t id)
{
    return record_at(&ours, TABLE_HOLDS, id, sizeof(struct hold), RECORD_SHIFT_HOLDS);
}

/* A call of the program, as far as it tells one hold from another; `stack` is 0, or one that is known already. */
struct call {
    uint64_t site, frame;
    const struct callers *callers; /* NULL: not known */
    uint32_t stack;
};

static uint64_t key_of(const struct call *c)
{
    if (c->stack != 0)
        return c->site ^ c->stack * 0x9E3779B97F4A7C15u;
    return c->callers != NULL ? c->callers->key : c->site;
}

/* Whether a stack is one of this call: of its site and callers. */
static bool is_of(uint32_t stack, const struct call *c)
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

static uint32_t find(const struct hold *like, const struct call *c, uint32_t hash)
{
    for (struct index_walk w = index_walk(&by_parent, hash); index_next(&w);) {
        const struct hold *h = hold_at(w.id);
        if (h->parent == like->parent && h->lock == like->lock && h->how == like->how && is_of(h->stack, c))
            return w.id;
    }
    return 0;
}

/* Under the latch. */
static uint32_t append_latched(const struct hold *like, uint32_t hash)
{
    uint32_t id = record_reserve(&ours, TABLE_HOLDS, 1);
    if (id == 0) {
        record_mark_incomplete(&ours, INCOMPLETE_SPACE);
        return 0;
    }
    *hold_at(id) = *like;
    record_commit(&ours, TABLE_HOLDS, id, 1);
    index_add(&by_parent, hash, id);
    bool waits = (like->how & HOW_WAIT) != 0 || ((like->how & (HOW_TRIED | HOW_REBUILT | HOW_GIVEN)) == 0 &&
                                                 record_lock(&ours, like->lock)->kind == KIND_SEMAPHORE);
    lock_add_traits(like->lock, TRAIT_KEPT | (waits && like->parent != 0 ? TRAIT_AWAITED : 0));
    return id;
}

static uint32_t append(const struct hold *like, uint32_t hash)
{
    struct latched l = latch_take();
    uint32_t id = append_latched(like, hash);
    latch_release(l);
    return id;
}

static uint32_t add(const struct hold *like, const struct call *c, uint32_t hash)
{
    struct latched l = latch_take();
    uint32_t id = find(like, c, hash);
    if (id == 0)
        id = append_latched(like, hash);
    latch_release(l);
    return id;
}

/* It may have been taken long ago: a thread may hold what is no more. */
static uint32_t lock_of(uint64_t address, uint16_t kind, uint64_t site)
{
    struct lock_traits what = {.kind = kind, .site = site};
    uint32_t id = lock_find(address);
    if (id != 0 && (record_lock(&ours, id)->traits & TRAIT_UNMET) == 0)
        return id;
    if (!state_is_readable(address))
        what.traits = 0;
    else if (kind == KIND_MUTEX)
        what.traits = lock_mutex_traits((const pthread_mutex_t *)(uintptr_t)address);
    else if (kind == KIND_RWLOCK)
        what.traits = lock_rwlock_traits((const pthread_rwlock_t *)(uintptr_t)address);
    else if (kind == KIND_CONDITION)
        what.traits = lock_condition_traits((const pthread_cond_t *)(uintptr_t)address);
    return lock_get(address, &what);
}

/* No room for a node: from now on the thread holds more than its path says. */
static uint32_t not_written(void)
{
    record_mark_incomplete(&ours, INCOMPLETE_HOLDS);
    return 0;
}

/* The node `h` in state h.parent, once its lock, depth and, unless it has one, stack are filled in; 0: no room for it.
 */
static uint32_t node_of(struct hold h, uint32_t as, const struct call *c)
{
    uint32_t path = h.parent;
    h.stack = c->stack;
    h.how = as >> 16 & 0xff;
    if (h.lock == 0)
        h.lock = lock_of(h.address, (uint16_t)as, c->site);
    if (h.lock == 0)
        return not_written();
    uint32_t depth = path != 0 ? hold_at(path)->depth : 0;
    h.depth = (h.how & HOW_GIVEN) != 0 ? depth - 1 : depth + 1;
    uint32_t hash = hash_of(&h, key_of(c));
    uint32_t id = find(&h, c, hash);
    if (id != 0)
        return id;
    if (h.stack == 0 && (h.how & HOW_GIVEN) == 0)
        h.stack = stack_of_call(c->site, c->frame, c->callers);
    id = add(&h, c, hash);
    return id != 0 ? id : not_written();
}

/* The node for taking a lock in state `path`. */
static uint32_t child_of(uint32_t path, uint64_t address, uint32_t as, const struct call *c)
{
    return node_of((struct hold){.address = address, .parent = path}, as, c);
}

/* --- who took it, and when --- */

static struct taking *taking_at(uint32_t id)
{
    return record_at(&ours, TABLE_TAKINGS, id, sizeof(struct taking), record_first_shift[TABLE_TAKINGS]);
}

/* Whether a hold was taken in this epoch, or by enough others, so that there is nothing to note. */
static bool is_noted(const struct hold *h)
{
    uint32_t all = 0, mine = 0;
    for (uint32_t id = atomic_load_explicit(&h->taken, memory_order_acquire); id != 0; id = taking_at(id)->next) {
        const struct epoch *e = record_item(&ours, TABLE_EPOCHS, taking_at(id)->epoch);
        all++;
        mine += e->serial == self.own->serial;
        if (taking_at(id)->epoch == self.epoch)
            return true;
    }
    return all >= TAKINGS_MOST || mine >= TAKINGS_THREAD;
}

/* Whether a writer took it who makes readers wait, and so can stand between two of them. */
static bool comes_first(const struct hold *h)
{
    return (h->how & HOW_SHARED) == 0 && (record_lock(&ours, h->lock)->traits & TRAIT_PREFER_WRITER) != 0;
}

/* The thread has just taken it. What says nothing about orders is not noted: what it tried, and its outermost lock. */
static void note_taking(uint32_t id)
{
    struct hold *h = hold_at(id);
    atomic_fetch_add_explicit(&h->count, 1, memory_order_relaxed);
    const bool orders = h->parent != 0 || comes_first(h);
    if (!orders || (h->how & (HOW_TRIED | HOW_REBUILT | HOW_GIVEN)) != 0 || is_noted(h))
        return;
    struct latched l = latch_take();
    uint32_t epoch = epoch_now();
    uint32_t taking = epoch != 0 ? record_reserve(&ours, TABLE_TAKINGS, 1) : 0;
    if (taking != 0) {
        *taking_at(taking) = (struct taking){.epoch = epoch, .next = h->taken};
        record_commit(&ours, TABLE_TAKINGS, taking, 1);
        atomic_store_explicit(&h->taken, taking, memory_order_release);
    }
    latch_release(l);
}

/* --- taking --- */

static inline uint64_t mark_of(uint64_t site, uint32_t as)
{
    return site | (uint64_t)(as >> 16) << 56;
}

static void set_path(struct thread *t, uint32_t path)
{
    atomic_store_explicit(&t->path, path, memory_order_release);
}

/* State `path` with one lock more, by the cache; made and remembered when it is news. Path itself when there is no
 * room. */
static inline uint32_t go_down(uint32_t path, uint64_t address, uint32_t as, const struct call *c)
{
    uint64_t mark = mark_of(key_of(c), as);
    struct known *k = known_find(path, address, mark);
    if (likely(k != NULL)) {
        known_hit(k);
        return k->to;
    }
    uint32_t child = child_of(path, address, as, c);
    if (child == 0)
        return path;
    note_taking(child);
    known_add(path, address, mark, child);
    return child;
}

/* --- giving back --- */

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
            balance += (hold_at(id)->how & HOW_GIVEN) != 0 ? 1 : balance > 0 ? -1 : 0;
    return balance == 0 && *steps > 0;
}

bool hold_is_held(uint32_t path, uint32_t node)
{
    uint32_t steps = STEPS;
    return is_held(path, node, &steps);
}

/* The innermost node by which a lock is held; 0: it is not. */
static uint32_t holder_of(uint32_t path, uint64_t address)
{
    uint32_t given = 0;
    for (uint32_t id = path; id != 0; id = hold_at(id)->parent) {
        if (hold_at(id)->address != address)
            continue;
        if ((hold_at(id)->how & HOW_GIVEN) != 0)
            given++;
        else if (given-- == 0)
            return id;
    }
    return 0;
}

/*
 * Write the `left` locks that are still held, a few, anew from the root: so that the same holding is the same path
 * again, however it came about. 0 when there is no room, or when they are not found soon.
 */
static uint32_t rebuild(uint32_t path, uint32_t without, uint32_t left)
{
    uint32_t held[FEW], count = 0, steps = STEPS;
    for (uint32_t id = path; id != 0 && count < left && steps > 0; id = hold_at(id)->parent)
        if (id != without && (hold_at(id)->how & HOW_GIVEN) == 0 && is_held(path, id, &steps))
            held[count++] = id;
    if (count < left)
        return 0;
    uint32_t to = 0;
    while (count-- > 0) {
        const struct hold *h = hold_at(held[count]);
        bool same = h->parent == to;
        uint32_t as = HOLD_AS(KIND_NONE, h->how | HOW_REBUILT);
        const struct hold like = {.address = h->address, .parent = to, .lock = h->lock};
        const struct call call = {.site = record_site(&ours, h->stack), .stack = h->stack};
        uint32_t next = same ? held[count] : node_of(like, as, &call);
        to = next != 0 ? next : to;
    }
    return to;
}

/*
 * What is left of `path` when a lock that is not its innermost is given back; NOT_HELD when it was not held. Among few
 * locks the rest is written anew. Among many that would cost their number each time, so there a node more says that it
 * was given back; `owned` tells that it is held, so that nobody need look for it.
 */
static uint32_t give_back(uint32_t path, uint64_t address, bool owned)
{
    uint32_t left = hold_at(path)->depth - 1;
    uint32_t node = owned && left > FEW ? path : holder_of(path, address);
    if (node == 0)
        return NOT_HELD;
    if (left == 0)
        return 0;
    uint32_t anew = left <= FEW ? rebuild(path, node, left) : 0;
    if (anew != 0)
        return anew;
    uint32_t id = child_of(path, address, HOLD_AS(KIND_NONE, HOW_GIVEN), &(struct call){.site = 0});
    return id != 0 ? id : path;
}

static void set_left(struct thread *t, uint32_t path)
{
    set_path(t, path);
    atomic_store_explicit(&t->outer, path != 0 ? hold_at(path)->address : 0, memory_order_release);
}

/* Semaphores that turned out to be signals leave the path: nobody holds a signal. */
static void sweep(struct thread *t)
{
    uint32_t id = t->path;
    self.sweep = lock_signals;
    for (uint32_t steps = STEPS; id != 0 && steps > 0;) {
        const struct hold *h = hold_at(id);
        if ((h->how & HOW_GIVEN) == 0 && lock_is_signal(h->address) && is_held(t->path, id, &steps)) {
            set_left(t, give_back(t->path, h->address, true));
            id = t->path;
        } else
            id = h->parent;
    }
}

/*
 * What the one thread of a fork's child brought along, if that is more than one lock. It becomes a path only when the
 * child begins a record; most children execute something instead. Until then thread.outer is the address of this.
 */
static struct hold_kept inherited; /* innermost first */

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

void hold_settle(struct thread *t)
{
    if (t->outer == 0 || t->path != 0 || !process_record() || !known_ready())
        return;
    t = self.own;
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
    const struct call call = {.site = t->outer_site, .frame = t->outer_frame, .callers = &self.callers};
    set_path(t, go_down(0, t->outer, t->outer_as, &call));
}

void hold_write_down(struct thread *t)
{
    if (t->path != 0 || ours.header == NULL)
        return;
    int error = self_enter();
    hold_settle(t);
    self_leave(error);
}

static void take_slowly(uint64_t address, uint32_t as, const struct call *c)
{
    int error = self_enter();
    if (process_record() && known_ready()) {
        struct thread *t = self.own;
        if (self.sweep != lock_signals)
            sweep(t);
        hold_settle(t);
        if (t->outer == 0) {
            self.callers = *c->callers;
            hold_note(t, address, as, c->site, c->frame);
        } else
            set_path(t, go_down(t->path, address, as, c));
        if (delay_on != 0) {
            hold_settle(t); /* so that giving it back passes by hold_give_nested */
            delay_taken(address);
        }
    }
    self_leave(error);
}

void hold_take_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame,
                      const uint64_t *begin)
{
    struct callers callers;
    callers_see(&callers, site, frame, begin);
    if (likely(self.known != NULL && self.sweep == lock_signals && delay_on == 0)) {
        uint32_t path = t->path;
        struct known *k;
        if (path == 0) {
            k = known_find(0, t->outer, mark_of(self.callers.key, t->outer_as));
            if (unlikely(k == NULL))
                goto news;
            path = k->to;
        }
        k = known_find(path, address, mark_of(callers.key, as));
        if (likely(k != NULL)) {
            set_path(t, k->to);
            known_hit(k);
            return;
        }
    }
news:
    take_slowly(address, as, &(struct call){.site = site, .frame = frame, .callers = &callers});
}

/* --- waiting with something in hand --- */

static void wait_slowly(uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    if (self.sweep != lock_signals)
        sweep(self.own);
    hold_settle(self.own);
    if (self.own->path != 0)
        go_down(self.own->path, address, as, &(struct call){.site = site, .frame = frame});
}

void hold_wait_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    as |= HOLD_AS(KIND_NONE, HOW_WAIT);
    if (likely(self.known != NULL && self.sweep == lock_signals)) {
        const struct known *outer =
            t->path == 0 ? known_find(0, t->outer, mark_of(self.callers.key, t->outer_as)) : NULL;
        uint32_t path = outer != NULL ? outer->to : t->path;
        struct known *k = path != 0 ? known_find(path, address, mark_of(site, as)) : NULL;
        if (likely(k != NULL)) {
            known_hit(k);
            return;
        }
    }
    int error = self_enter();
    if (process_record() && known_ready())
        wait_slowly(address, as, site, frame);
    self_leave(error);
}

static bool give_slowly(uint64_t address, bool mutex)
{
    int error = self_enter();
    struct thread *t = self.own;
    uint32_t left = NOT_HELD;
    hold_settle(t);
    t = self.own;
    if (t->path != 0 && known_ready()) {
        bool owned = mutex && ((const pthread_mutex_t *)(uintptr_t)address)->__data.__owner == (int)t->tid;
        left = give_back(t->path, address, owned);
        known_add(t->path, address, KNOWN_GIVEN, left);
        if (left != NOT_HELD)
            set_left(t, left);
    }
    self_leave(error);
    return left != NOT_HELD;
}

bool hold_give_nested(struct thread *t, uint64_t address, bool mutex)
{
    uint32_t path = t->path;
    if (unlikely(delay_on != 0))
        delay_given(t, address);
    if (path == 0) /* nothing, or just the one lock that is noted, and that is another one */
        return t->outer == inherited_mark() && give_inherited(t, address);
    const struct hold *h = hold_at(path);
    if (h->address == address && (h->how & HOW_GIVEN) == 0) {
        set_left(t, h->parent);
        return true;
    }
    if (self.known != NULL) {
        const struct known *k = known_find(path, address, KNOWN_GIVEN);
        if (k != NULL) {
            if (k->to == NOT_HELD)
                return false;
            set_left(t, k->to);
            return true;
        }
    }
    return give_slowly(address, mutex);
}

/* The node that is like another but for its stack. */
static uint32_t with_stack(const struct hold *h, uint32_t stack)
{
    struct hold like = *h;
    like.stack = stack;
    uint32_t hash = hash_of(&like, record_site(&ours, stack)) ^ stack * 0x9E3779B9u;
    for (struct index_walk w = index_walk(&by_parent, hash); index_next(&w);) {
        const struct hold *n = hold_at(w.id);
        if (n->stack == stack && n->parent == h->parent && n->lock == h->lock && n->how == h->how)
            return w.id;
    }
    return append(&like, hash);
}

uint32_t hold_make_exact(struct thread *t, const struct stack_call *here)
{
    const struct stack_call taken = {t->outer_site, t->outer_frame};
    uint32_t path = t->path;
    if (path == 0)
        return 0;
    const struct hold *h = hold_at(path);
    if (h->parent != 0 || record_site(&ours, h->stack) != t->outer_site || h->address != t->outer ||
        (h->how & (HOW_REBUILT | HOW_GIVEN)) != 0)
        return path;
    uint32_t stack = stack_of_earlier(*here, taken, &self.callers);
    uint32_t exact = stack != 0 && stack != h->stack ? with_stack(h, stack) : 0;
    if (exact != 0)
        set_path(t, exact);
    return path;
}

void hold_set_path(struct thread *t, uint32_t path)
{
    set_path(t, path);
}

/* --- semaphores --- */

_Atomic uint64_t hold_posted_seen[HOLD_POSTED_SEEN];

void hold_posted_own_news(uint64_t address)
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
    uint32_t child = child_of(path, address, as, &(struct call){.site = site, .stack = stack});
    return child != 0 ? child : path;
}

/* --- fork
 * --------------------------------------------------------------------------------------------------------------------
 */

void hold_save(const struct hold_now *t, struct hold_kept *kept)
{
    enum { MOST = sizeof kept->item / sizeof kept->item[0] };
    kept->count = 0;
    if (t->path == 0 && t->outer != 0) {
        kept->count = 1;
        kept->item[0].address = t->outer;
        kept->item[0].site = t->outer_site;
        kept->item[0].as = t->outer_as;
        return;
    }
    uint32_t steps = STEPS;
    for (uint32_t id = t->path; id != 0 && kept->count < MOST; id = hold_at(id)->parent) {
        const struct hold *h = hold_at(id);
        if ((h->how & HOW_GIVEN) != 0 || !is_held(t->path, id, &steps))
            continue;
        unsigned i = kept->count++;
        kept->item[i].address = h->address;
        kept->item[i].site = record_site(&ours, h->stack);
        kept->item[i].as = HOLD_AS(record_lock(&ours, h->lock)->kind, h->how & ~HOW_REBUILT);
    }
}

void hold_restore(struct thread *t, const struct hold_kept *kept)
{
    atomic_store(&by_parent.slots, NULL);
    known_reset();
    set_path(t, 0);
    t->outer = 0;
    inherited.count = 0;
    self.callers = (struct callers){.key = kept->item[0].site};
    if (kept->count == 1)
        hold_note(t, kept->item[0].address, kept->item[0].as, kept->item[0].site, 0);
    else if (kept->count > 1) {
        inherited = *kept;
        hold_note(t, inherited_mark(), HOLD_AS(KIND_NONE, 0), 0, 0);
    }
}
