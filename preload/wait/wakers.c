#include "preload/wait/wakers.h"
#include "preload/store/recording.h"

#include "preload/hold/ended_locks.h"
#include "preload/hold/epoch.h"
#include "preload/hold/hold.h"
#include "preload/hold/path_cache.h"
#include "preload/lock/wake_table.h"
#include "preload/os/raw_lock.h"
#include "preload/stack/stack.h"
#include "preload/thread/thread.h"

#include <stdatomic.h>
#include <string.h>

enum {
    WAKERS = 256, /* items of a lock; with more, nobody knows who else will come */
};

/* --- what it had taken --- */

/*
 * Who posts a semaphore may have taken a unit of it himself: then he releases what he had, and what he took before
 * that he did not need for it. From when on a taking counts, by the thread's clock; false: he has taken none.
 */
static bool unit_of(uint64_t address, uint32_t *from)
{
    const struct recent_lock *unit = recent_locks_find(address);
    if (unit == NULL)
        return false;
    *from = recent_locks_clock(unit->when) + ((unit->when >> 8 & HOW_WAIT) != 0 ? 0 : 1);
    return true;
}

/* The node by which the thread has a lock in hand; 0: it does not, or has it too far up. */
static uint32_t in_hand(const struct thread *t, uint64_t address)
{
    uint32_t id = t->path;
    for (unsigned steps = 0; id != 0 && steps < WAKE_DEEP; steps++) {
        const struct hold *h = record_hold(&ours, id);
        if (h->address == address)
            return id;
        id = h->parent;
    }
    return 0;
}

/* How a thread comes to wake somebody. */
struct coming {
    const struct thread *thread;
    uint64_t awaited; /* address */
    bool passes;
    uint32_t unit; /* passes: it has taken a unit of what it posts, by its clock then */
};

static struct coming coming_to(const struct thread *t, uint64_t awaited)
{
    struct coming c = {.thread = t, .awaited = awaited};
    c.passes = unit_of(awaited, &c.unit);
    return c;
}

/*
 * Whether it took the lock at an address on its way, and how (enum wake_how). `have`: the lock is in hand. What it gave
 * back before it made a thread, or woke somebody else, does not count: those who wait may have been waiting for that
 * first, and then it was not in their way.
 */
static bool took(const struct coming *c, uint64_t address, bool have, uint16_t *how)
{
    const struct recent_lock *s = recent_locks_find(address);
    *how = WAKE_PROVEN;
    if (s == NULL) /* overwritten, but it may still be in hand */
        return have && !c->passes;
    uint32_t clock = recent_locks_clock(s->when);
    bool parted = recent_locks_made(s->when) != recent_locks_made(self.now);
    *how = ((s->when >> 8 & HOW_SHARED) != 0 ? WAKE_SHARED : 0) | (parted ? 0 : WAKE_PROVEN);
    return (have || (recent_locks_is_after(clock, self.woke) && !parted)) &&
           (!c->passes || recent_locks_is_after(clock, c->unit));
}

static bool has_note(const struct thread *t, uint64_t address)
{
    return t->path == 0 && t->outer == address && (t->outer_as >> 16 & HOW_TRIED) == 0;
}

/* In hand, and not merely since it was free: who only tried it can do without. */
static bool has(const struct thread *t, uint64_t address, bool *shared)
{
    uint32_t id = in_hand(t, address);
    const struct hold *h = record_hold(&ours, id);
    if (h == NULL)
        return *shared = (t->outer_as >> 16 & HOW_SHARED) != 0, has_note(t, address);
    *shared = (h->how & HOW_SHARED) != 0;
    return (h->how & (HOW_TRIED | HOW_TIMED)) == 0;
}

static bool still(const struct coming *c, struct wake_held *h)
{
    uint32_t id = h->lock;
    const struct lock *lock = lock_at(id);
    uint64_t address = lock->address;
    bool shared = (h->how & WAKE_SHARED) != 0;
    uint16_t how;
    if ((uint16_t)lock->generation != h->generation)
        return false;
    if (!took(c, address, false, &how)) {
        if (!has(c->thread, address, &shared) || !took(c, address, true, &how))
            return false;
    }
    atomic_store_explicit(&h->how, h->how | how | (shared ? WAKE_SHARED : 0), memory_order_relaxed);
    return true;
}

static void count(struct wake *w, const struct coming *c)
{
    w->waited |= c->passes;
    atomic_store_explicit(&w->times, w->times + 1, memory_order_relaxed);
}

/* The thread does it once more. False: there is no lock left that it takes every time. */
static bool again(struct wake *w, const struct thread *t, uint64_t awaited)
{
    const struct coming c = coming_to(t, awaited);
    bool any = false;
    for (int i = 0; i < WAKE_HELD; i++) {
        if (w->held[i].lock == 0)
            continue;
        if (still(&c, &w->held[i]))
            any = true;
        else
            w->held[i].lock = 0;
    }
    count(w, &c);
    return any;
}

/* --- the first time --- */

static void add(struct wake *w, uint32_t lock, uint16_t how)
{
    for (int i = 0; i < WAKE_HELD; i++) {
        struct wake_held *h = &w->held[i];
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

static void add_held(struct wake *w, const struct coming *c)
{
    uint32_t id = c->thread->path;
    for (unsigned steps = 0; id != 0 && steps < WAKE_DEEP; steps++) {
        const struct hold *h = record_hold(&ours, id);
        uint16_t how;
        if ((h->how & (HOW_TRIED | HOW_TIMED)) == 0 && took(c, h->address, true, &how))
            add(w, h->lock, how | ((h->how & HOW_SHARED) != 0 ? WAKE_SHARED : 0));
        id = h->parent;
    }
}

/*
 * What it took and released since. Those that are known first, as somebody has waited for or with them. The others may
 * be no more: they are known by address and kind alone, until somebody uses them.
 */
static void add_taken(struct wake *w, const struct coming *c, bool known)
{
    for (const struct recent_lock *s = self.recent_locks; s < self.recent_locks + RECENT_LOCKS; s++) {
        uint16_t how;
        if (s->address == 0 || s->address == c->awaited || (s->when >> 8 & HOW_WAIT) != 0 ||
            !took(c, s->address, false, &how) || lock_is_signal(s->address))
            continue;
        const struct lock_traits what = {.kind = s->when & 0xff, .traits = TRAIT_PLACEHOLDER};
        uint32_t lock = known                              ? lock_find(s->address)
                        : w->held[WAKE_HELD - 1].lock == 0 ? lock_get(s->address, &what)
                                                           : 0;
        if (lock != 0)
            add(w, lock, how);
    }
}

/* The thread's newest item of a lock; 0: none. */
static uint32_t find_own(uint32_t lock, unsigned *own, unsigned *all)
{
    uint32_t found = 0;
    *own = *all = 0;
    for (uint32_t id = lock_at(lock)->first_wake; id != 0; id = wake_at(id)->next, ++*all)
        if (wake_serial(wake_at(id)) == self.own->serial && ++*own == 1)
            found = id;
    return found;
}

static uint32_t keep_own(const struct wake *like)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t epoch = epoch_now();
    uint32_t id = epoch != 0 ? wake_add(like, epoch) : 0;
    raw_lock_release(l);
    return id;
}

/* The item of this thread, now that it has woken somebody; 0: there is nothing more to be seen. */
static uint32_t note(struct thread *t, uint32_t lock, uint64_t address, uint32_t stack)
{
    unsigned own, all;
    uint32_t last = find_own(lock, &own, &all);
    if (last != 0 && (own >= WAKES_THREAD || wake_at(last)->epoch == self.epoch || wake_is_empty(wake_at(last))))
        return again(wake_at(last), t, address) ? last : 0;
    const struct coming c = coming_to(t, address);
    struct wake w = {.lock = lock, .path = t->path, .stack = stack};
    add_held(&w, &c);
    add_taken(&w, &c, true);
    add_taken(&w, &c, false);
    count(&w, &c);
    uint32_t id = all < WAKERS ? keep_own(&w) : 0;
    if (id == 0)
        lock_add_traits(lock, TRAIT_WAKES_MISSING);
    return id != 0 && !wake_is_empty(&w) ? id : 0;
}

static void changes(uint64_t address, const struct lock_traits *what, uint64_t frame, bool waiting)
{
    bool handled;
    uint32_t id = recording_ready() && path_cache_ready() ? lock_get(address, what) : 0;
    if (id == 0)
        return;
    hold_settle(self.own);
    uint32_t stack = stack_here_handled(what->site, frame, &handled);
    bool unknown = waiting || handled || (self.own->traits & THREAD_ADOPTED) != 0;
    lock_add_post(id);
    self.posted = true;
    lock_add_traits(id, (what->kind == KIND_SEMAPHORE ? TRAIT_EVENT : 0) | (unknown ? TRAIT_WAKER_UNKNOWN : 0));
    path_cache_add(0, address, KNOWN_POSTED, unknown ? 0 : note(self.own, id, address, stack));
    recent_locks_part();
}

void wakers_posted(struct thread *t, uint64_t address, const struct lock_traits *what, uint64_t frame)
{
    /* A post from a handler while the thread waits: a handler may come at any time. */
    bool waiting = t->sequence % 2 == 1;
    struct path_cache *k = self.known != NULL ? path_cache_find(0, address, KNOWN_POSTED) : NULL;
    if (k != NULL && !waiting) {
        if (k->to != 0 && !again(wake_at(k->to), t, address))
            k->to = 0;
        recent_locks_woke();
        return;
    }
    if (ours.header == NULL) { /* no thread but this one, so nobody it could be noted for */
        lock_early_signal(address);
        return;
    }
    int error = self_enter();
    changes(address, what, frame, waiting);
    recent_locks_woke();
    self_leave(error);
}

/* --- the end of a thread --- */

/* Of the locks on a path, those that the thread had taken. */
static void add_met(struct wake *w, uint32_t path, const struct ended_locks *e)
{
    uint32_t id = path;
    for (unsigned steps = 0; id != 0 && steps < WAKE_DEEP; steps++) {
        const struct hold *h = record_hold(&ours, id);
        for (uint32_t i = 0; i < e->count; i++)
            if ((e->acquired[i] & ~1ull) == h->address && !lock_is_signal(h->address))
                add(w, h->lock, WAKE_PROVEN | ((e->acquired[i] & 1) != 0 ? WAKE_SHARED : 0));
        id = h->parent;
    }
}

/* Whether somebody joined a thread like it already, that had taken the same locks. */
static bool is_like(const struct wake *w, const struct wake *like)
{
    for (int i = 0; i < WAKE_HELD; i++)
        if (w->held[i].lock != like->held[i].lock || w->held[i].how != like->held[i].how)
            return false;
    return true;
}

/* One lock stands for all threads of a routine, with its address. */
static void note_end(uint32_t lock, const struct wake *like, struct thread *ended, uint32_t id)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t all = 0, epoch;
    uint32_t at = lock_at(lock)->first_wake;
    for (; at != 0 && !is_like(wake_at(at), like); all++)
        at = wake_at(at)->next;
    if (at != 0)
        atomic_fetch_add(&wake_at(at)->times, 1);
    else if (all < WAKERS && (epoch = epoch_of(ended, id)) != 0)
        wake_add(like, epoch);
    raw_lock_release(l);
}

void wakers_joined(struct thread *t, uint32_t id, uint32_t how, uint64_t site, uint64_t frame)
{
    struct thread *ended = thread_at(id);
    int error = self_enter();
    if (ended->state == THREAD_ENDED && ended->argument != 0 && ended->routine != 0 && recording_ready() &&
        path_cache_ready()) {
        const struct lock_traits what = {.kind = KIND_THREAD};
        struct wake w = {.times = 1};
        hold_settle(t);
        add_met(&w, t->path, (const struct ended_locks *)(uintptr_t)ended->argument);
        w.lock = wake_is_empty(&w) ? 0 : lock_get(ended->routine, &what);
        if (w.lock != 0) {
            hold_wait_nested(t, ended->routine, HOLD_AS(KIND_THREAD, how), site, frame);
            note_end(w.lock, &w, ended, id);
        }
    }
    self_leave(error);
}

void wakers_reset(void)
{
    wake_reset();
    ended_locks_reset();
    recent_locks_reset();
}
