#include "preload/wait/wakers.h"
#include "preload/store/recording.h"

#include "detect/held.h"
#include "preload/hold/ended_locks.h"
#include "preload/hold/epoch.h"
#include "preload/hold/hold.h"
#include "preload/hold/known_paths.h"
#include "preload/hold/sync_point.h"
#include "preload/lock/posts.h"
#include "preload/lock/wake_table.h"
#include "preload/os/raw_lock.h"
#include "preload/stack/stack.h"
#include "preload/thread/thread.h"

#include <stdatomic.h>
#include <string.h>

enum {
    WAKERS = 256, /* entries of a lock; with more it is not known which other threads may wake there */
};

/* --- the lockset of a waker --- */

/* A thread that is about to wake others. */
struct waking {
    struct thread *thread;
    uint64_t awaited;   /* address of what they wait for */
    bool has_unit;      /* it acquired a unit of that semaphore: this post releases it, */
    uint16_t unit_time; /* and what it acquired before the unit it did not need for this; by its own clock */
};

static struct waking waking_at(struct thread *t, uint64_t awaited)
{
    uint64_t unit = recent_locks_find(awaited);
    struct waking w = {.thread = t, .awaited = awaited, .has_unit = unit != 0};
    if (unit != 0) /* to acquire a unit of an event semaphore advances the clock, to acquire a lock does not */
        w.unit_time = (uint16_t)(recent_locks_clock(unit) + (recent_locks_is_event(unit) ? 0 : 1));
    return w;
}

/*
 * Whether the thread had to acquire the lock at an address on its way, and how (enum wake_how). `held`: it still holds
 * it. A lock that it released before it created a thread or woke others does not count: those that wait now may have
 * waited for that first, and then the lock was not in their way.
 */
static bool is_in_lockset(const struct waking *w, uint64_t address, bool held, uint16_t *how)
{
    uint64_t recent = recent_locks_find(address);
    *how = WAKE_PROVEN;
    if (recent == 0) /* forgotten, but it may be held since long ago */
        return held && !w->has_unit;
    uint16_t time = recent_locks_clock(recent);
    bool parted = !recent_locks_is_unparted(recent);
    *how = (recent_locks_is_shared(recent) ? WAKE_SHARED : 0) | (parted ? 0 : WAKE_PROVEN);
    return (held || (recent_locks_is_after(time, self.woke) && !parted)) &&
           (!w->has_unit || recent_locks_is_after(time, w->unit_time));
}

/* Whether the thread holds a lock that it would have waited for: what it only tried to lock it can do without. */
static bool holds_needed(struct thread *t, uint64_t address, bool *shared)
{
    uint32_t at = t->held_end != 0 ? held_list_find(t, address) : 0;
    uint32_t how = at != 0 ? hold_as(held_list_at(t, at)) >> 16 : HOW_TRIED;
    *shared = (how & HOW_SHARED) != 0;
    return (how & (HOW_TRIED | HOW_TIMED)) == 0;
}

/* Whether a lock of an earlier lockset is in this one, too. Adds how it was acquired this time. */
static bool stays_in_lockset(const struct waking *w, struct wake_held *h)
{
    const struct lock *lock = lock_at(h->lock);
    uint64_t address = lock->address;
    bool shared = (h->how & WAKE_SHARED) != 0;
    uint16_t how;
    if ((uint16_t)lock->generation != h->generation)
        return false;
    if (!is_in_lockset(w, address, false, &how) &&
        (!holds_needed(w->thread, address, &shared) || !is_in_lockset(w, address, true, &how)))
        return false;
    atomic_store_explicit(&h->how, h->how | how | (shared ? WAKE_SHARED : 0), memory_order_relaxed);
    return true;
}

static void count_wake(struct wake *wake, const struct waking *w)
{
    wake->waited |= w->has_unit;
    atomic_store_explicit(&wake->times, wake->times + 1, memory_order_relaxed);
}

/* The thread wakes once more: drop the locks that it did not need this time. False: none is left. */
static bool refine_lockset(struct wake *wake, struct thread *t, uint64_t awaited)
{
    const struct waking w = waking_at(t, awaited);
    bool any = false;
    for (int i = 0; i < WAKE_HELD; i++) {
        if (wake->held[i].lock == 0)
            continue;
        if (stays_in_lockset(&w, &wake->held[i]))
            any = true;
        else
            wake->held[i].lock = 0;
    }
    count_wake(wake, &w);
    return any;
}

/* --- the first time --- */

static void add_lock(struct wake *wake, uint32_t lock, uint16_t how)
{
    for (int i = 0; i < WAKE_HELD; i++) {
        struct wake_held *h = &wake->held[i];
        if (h->lock == lock)
            return;
        if (h->lock == 0) {
            h->generation = (uint16_t)lock_at(lock)->generation;
            h->how = how;
            h->lock = lock;
            return;
        }
    }
}

static void add_held_locks(struct wake *wake, const struct waking *w)
{
    uint32_t id = w->thread->path;
    for (unsigned steps = 0; id != 0 && steps < WAKE_DEEP; steps++) {
        const struct hold *h = record_hold(&ours, id);
        uint16_t how;
        if ((h->how & (HOW_TRIED | HOW_TIMED)) == 0 && is_in_lockset(w, h->address, true, &how))
            add_lock(wake, h->lock, how | ((h->how & HOW_SHARED) != 0 ? WAKE_SHARED : 0));
        id = h->parent;
    }
}

/*
 * Locks that it acquired and released on its way. `known`: those that have an id, as threads waited for or while
 * holding them; they come first. The others may have been destroyed: they get an id, but only address and kind are
 * known of them until they are used.
 */
static void add_recent_locks(struct wake *wake, const struct waking *w, bool known)
{
    for (int i = 0; i < RECENT_LOCKS; i++) {
        uint64_t entry = self.recent_locks[i], address = recent_locks_address(entry);
        uint16_t how;
        if (address == 0 || address == w->awaited || recent_locks_is_event(entry) ||
            !is_in_lockset(w, address, false, &how) || lock_is_signal(address))
            continue;
        const struct lock_traits what = {.kind = recent_locks_kind(entry), .traits = TRAIT_PLACEHOLDER};
        uint32_t lock = 0;
        if (known)
            lock = lock_find(address);
        else if (wake->held[WAKE_HELD - 1].lock == 0)
            lock = lock_get(address, &what);
        if (lock != 0)
            add_lock(wake, lock, how);
    }
}

/* The newest entry of this thread among those of a lock; 0: none. */
static uint32_t find_own_entry(uint32_t lock, unsigned *own, unsigned *all)
{
    uint32_t found = 0;
    *own = *all = 0;
    for (uint32_t id = lock_at(lock)->first_wake; id != 0; id = wake_at(id)->next, ++*all)
        if (wake_serial(wake_at(id)) == self.own->serial && ++*own == 1)
            found = id;
    return found;
}

static uint32_t store_entry(const struct wake *like)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t epoch = epoch_now();
    uint32_t id = epoch != 0 ? wake_add(like, epoch) : 0;
    raw_lock_release(l);
    return id;
}

/* The entry of this thread for a lock, refined or new; 0: it has no lockset to be refined any more. */
static uint32_t update_entry(struct thread *t, uint32_t lock, uint64_t address, uint32_t stack)
{
    unsigned own, all;
    uint32_t last = find_own_entry(lock, &own, &all);
    if (last != 0 && (own >= WAKES_THREAD || wake_at(last)->epoch == self.epoch || wake_is_empty(wake_at(last))))
        return refine_lockset(wake_at(last), t, address) ? last : 0;
    const struct waking w = waking_at(t, address);
    struct wake wake = {.lock = lock, .path = t->path, .stack = stack};
    add_held_locks(&wake, &w);
    add_recent_locks(&wake, &w, true);
    add_recent_locks(&wake, &w, false);
    count_wake(&wake, &w);
    uint32_t id = all < WAKERS ? store_entry(&wake) : 0;
    if (id == 0)
        lock_add_traits(lock, TRAIT_WAKES_MISSING);
    return id != 0 && !wake_is_empty(&wake) ? id : 0;
}

/* Whether this is a first post by the function that made the semaphore. */
static bool fills(uint32_t id, uint64_t address, uint64_t frame)
{
    for (unsigned i = 0; i < SELF_MADE; i++)
        if (self.made[i].address == address && self.made[i].frame == frame)
            return lock_fill(id);
    return false;
}

/* `from_handler`: the thread was waiting, so this is a signal handler, which may run at any time. */
static void record_wake(uint64_t address, const struct lock_traits *what, uint64_t frame, bool from_handler)
{
    bool handled;
    uint32_t id = recording_ready() && known_paths_ready() ? lock_get(address, what) : 0;
    if (id == 0 || (what->kind == KIND_SEMAPHORE && !from_handler && fills(id, address, frame)))
        return;
    uint32_t before = self.own->path;
    hold_complete_path(self.own);
    uint32_t stack = stack_here_handled(what->site, frame, &handled);
    bool unknown = from_handler || handled || (self.own->traits & THREAD_ADOPTED) != 0;
    posts_add(id, unknown);
    self.posted = true;
    lock_add_traits(id, (what->kind == KIND_SEMAPHORE ? TRAIT_EVENT : 0) | (unknown ? TRAIT_WAKER_UNKNOWN : 0));
    bool listed = !unknown && what->kind != KIND_FUTEX; /* what a futex is for is not known */
    known_paths_add_post(address, !listed ? 0 : update_entry(self.own, id, address, stack));
    if (what->kind == KIND_SEMAPHORE)
        sync_point_posts(id, unknown);
    hold_set_path(self.own, before);
    recent_locks_part();
}

void wakers_posted(struct thread *t, uint64_t address, const struct lock_traits *what, uint64_t frame)
{
    bool from_handler = t->sequence % 2 == 1;
    bool counted = what->kind == KIND_SEMAPHORE && !sync_point_posts_over(address);
    struct known_post *k = known_paths_post(address);
    if (k != NULL && !from_handler && !counted) {
        if (k->wake != 0 && !refine_lockset(wake_at(k->wake), t, address))
            k->wake = 0;
        recent_locks_woke();
        return;
    }
    if (ours.header == NULL) { /* there was no other thread so far that could have waited */
        lock_early_signal(address);
        return;
    }
    int error = self_enter();
    record_wake(address, what, frame, from_handler);
    recent_locks_woke();
    self_leave(error);
}

/* --- the end of a thread wakes those that join it --- */

static void add_ended_lock(struct wake *wake, uint64_t entry, uint32_t lock)
{
    if (lock != 0)
        add_lock(wake, lock, WAKE_PROVEN | (recent_locks_is_shared(entry) ? WAKE_SHARED : 0));
}

/* Of the locks on a path, those that the ended thread had acquired. */
static void add_common_locks(struct wake *wake, uint32_t path, const struct ended_locks *e)
{
    uint32_t id = path;
    for (unsigned steps = 0; id != 0 && steps < WAKE_DEEP; steps++) {
        const struct hold *h = record_hold(&ours, id);
        for (uint32_t i = 0; i < e->count; i++)
            if (recent_locks_address(e->acquired[i]) == h->address && !lock_is_signal(h->address))
                add_ended_lock(wake, e->acquired[i], h->lock);
        id = h->parent;
    }
}

/* The others: a third thread may hold them and wait for what the joining thread holds. Those with an id come first. */
static void add_other_locks(struct wake *wake, const struct ended_locks *e, bool known)
{
    for (uint32_t i = 0; i < e->count; i++) {
        uint64_t entry = e->acquired[i], address = recent_locks_address(entry);
        const struct lock_traits what = {.kind = recent_locks_kind(entry), .traits = TRAIT_PLACEHOLDER};
        if (lock_is_signal(address))
            continue;
        if (known)
            add_ended_lock(wake, entry, lock_find(address));
        else if (wake->held[WAKE_HELD - 1].lock == 0)
            add_ended_lock(wake, entry, lock_get(address, &what));
    }
}

static bool has_same_lockset(const struct wake *wake, const struct wake *other)
{
    if (wake->path != other->path)
        return false;
    for (int i = 0; i < WAKE_HELD; i++)
        if (wake->held[i].lock != other->held[i].lock || wake->held[i].how != other->held[i].how)
            return false;
    return true;
}

/* `lock` stands for all threads of a start routine: the end of another one with the same lockset, joined while the same
 * locks were held, is only counted. */
static void record_end(uint32_t lock, const struct wake *wake, struct thread *ended, uint32_t id)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t all = 0, epoch;
    uint32_t at = lock_at(lock)->first_wake;
    for (; at != 0 && !has_same_lockset(wake_at(at), wake); all++)
        at = wake_at(at)->next;
    if (at != 0)
        atomic_fetch_add(&wake_at(at)->times, 1);
    else if (all < WAKERS && (epoch = epoch_of(ended, id)) != 0)
        wake_add(wake, epoch);
    raw_lock_release(l);
}

void wakers_joined(struct thread *t, uint32_t id, uint32_t how, uint64_t site, uint64_t frame)
{
    struct thread *ended = thread_at(id);
    int error = self_enter();
    if (ended->state == THREAD_ENDED && ended->argument != 0 && ended->routine != 0 && recording_ready() &&
        known_paths_ready()) {
        const struct lock_traits what = {.kind = KIND_THREAD};
        struct wake wake = {.times = 1};
        uint32_t before = t->path;
        hold_complete_path(t);
        const struct ended_locks *locks = (const struct ended_locks *)(uintptr_t)ended->argument;
        wake.path = t->path;
        add_common_locks(&wake, t->path, locks);
        add_other_locks(&wake, locks, true);
        add_other_locks(&wake, locks, false);
        wake.lock = wake_is_empty(&wake) ? 0 : lock_get(ended->routine, &what);
        if (wake.lock != 0) {
            hold_wait_nested(t, ended->routine, HOLD_AS(KIND_THREAD, how), site, frame);
            self_enter(); /* hold_wait_nested has opened the recursion guard */
            record_end(wake.lock, &wake, ended, id);
        }
        hold_set_path(t, before);
    }
    self_leave(error);
}
