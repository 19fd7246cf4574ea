/*
 * What a thread holds: a path in the trie of holds, so one number (record/layout.h, struct hold).
 *
 * The outermost lock is only noted in the thread's slot. When a second one is taken under it, or the thread blocks, the
 * note becomes a node. From then on a cache of the thread's own maps (path, lock, call site) to the next path, for
 * taking and for releasing alike: a hit writes nothing that another thread reads, takes no lock and allocates
 * nothing, at any depth. A miss asks the index of all nodes; only a node that nobody had before takes a stack and the
 * latch.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_HOLD_H
#define LOCKWATCH_PRELOAD_HOLD_HOLD_H

#include "preload/hold/held_list.h"
#include "preload/hold/trie.h"
#include "preload/lock/lock.h"
#include "preload/lock/recent_locks.h"
#include "preload/os/self.h"

#include <stdatomic.h>

/*
 * Not 0: how long locks are held or waited for is to be seen (preload/wait/contention.h, which sets these at start-up);
 * then every lock that is acquired gets a node. Called when the thread has acquired one, and when it is about to
 * release one that its path still has.
 */
extern uint64_t hold_timing HIDDEN;
extern void (*hold_timing_acquired)(uint64_t address) HIDDEN;
extern void (*hold_timing_releases)(const struct thread *t, uint64_t address) HIDDEN;

/* For what is held already, or noted but needs a node. Not for wrappers. */
void hold_acquire_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame,
                         const uint64_t *begin) HIDDEN;
bool hold_release_nested(struct thread *t, uint64_t address) HIDDEN;

static inline void hold_set_outermost(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    t->outer_site = site;
    t->outer_frame = frame;
    t->outer_as = as;
    atomic_store_explicit(&t->outer, address, memory_order_release);
}

/* The thread has taken a lock: after the real call. */
static inline __attribute__((always_inline)) void hold_acquire(struct thread *t, const void *lock, uint32_t as,
                                                               uint64_t site, uint64_t frame)
{
    uint64_t address = (uint64_t)(uintptr_t)lock;
    recent_locks_note(address, as);
    if (unlikely((t->outer | hold_timing) != 0))
        hold_acquire_nested(t, address, as, site, frame, callers_begin());
    else {
        callers_see(&self.callers, site, frame, callers_begin());
        hold_set_outermost(t, address, as, site, frame);
    }
}

/* The thread is about to release the only lock that it holds. False: it is another one, or there are more. */
static inline bool hold_release_outermost(struct thread *t, const void *lock)
{
    if (unlikely(t->outer != (uint64_t)(uintptr_t)lock || t->path != 0))
        return false;
    atomic_store_explicit(&t->outer, 0, memory_order_relaxed);
    return true;
}

/* The thread is about to release a lock: before the real call. False: it does not hold it. */
static inline bool hold_release(struct thread *t, const void *lock)
{
    return likely(hold_release_outermost(t, lock)) || hold_release_nested(t, (uint64_t)(uintptr_t)lock);
}

/* The thread has taken a lock of which it matters who takes it, be it under another one or not. */
void hold_complete_path_from_hook(struct thread *t) HIDDEN;

/* Give the noted lock its node, so that `path` says all. Inside the library only. */
void hold_complete_path(struct thread *t) HIDDEN;

/*
 * A thread that holds one lock is about to block at `here`: a node is shared by all who took the lock there, so its
 * stack is that of the first; give the thread one with its own. What it had before, for hold_set_path when it goes on.
 */
struct stack_call;
uint32_t hold_use_own_stack(struct thread *t, const struct stack_call *here) HIDDEN;
void hold_set_path(struct thread *t, uint32_t path) HIDDEN;

/* What the calling thread holds is not known any more. */
void hold_drop(struct thread *t) HIDDEN;

/*
 * The thread waits, or could have had to, for what nobody holds: a unit of a semaphore that is a signal, a condition
 * whose mutex it has given up, a barrier. Of note only if it has something in hand. A call that says nothing new costs
 * a look into the cache.
 */
void hold_wait_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame) HIDDEN;

static inline void hold_wait(struct thread *t, const void *awaited, uint32_t as, uint64_t site, uint64_t frame)
{
    if (unlikely(t->outer != 0))
        hold_wait_nested(t, (uint64_t)(uintptr_t)awaited, as, site, frame);
}

/*
 * A thread released a semaphore that it had taken. Noted once, if that has an id; a table of those that were noted
 * last spares looking it up.
 */
enum { HOLD_POSTED_SEEN = 1024 };
extern _Atomic uint64_t hold_posted_seen[HOLD_POSTED_SEEN] HIDDEN;
void hold_posted_own_first(uint64_t address) HIDDEN;

static inline uint32_t hold_posted_place(uint64_t address)
{
    return (uint32_t)(address * 0x9E3779B97F4A7C15u >> 54);
}

static inline void hold_posted_own(uint64_t address)
{
    if (atomic_load_explicit(&hold_posted_seen[hold_posted_place(address)], memory_order_relaxed) != address)
        hold_posted_own_first(address);
}

/* Forget that an address was noted: a new semaphore begins there. */
static inline void hold_posted_forget(uint64_t address)
{
    _Atomic uint64_t *place = &hold_posted_seen[hold_posted_place(address)];
    if (*place == address)
        *place = 0;
}

/* The path that adds a lock, taken with this stack, to another; for threads that are not there to do it themselves. */
uint32_t hold_path(uint32_t path, uint64_t address, uint32_t as, uint64_t site, uint32_t stack) HIDDEN;

/* In the child of a fork: the trie is gone; take what this thread holds over into the new one. */
struct hold_saved {
    uint32_t count;
    uint64_t frame;            /* of a lock that was only noted, and is the only one */
    struct held_item item[32]; /* innermost first */
};

/*
 * By the thread itself, before it forks: the child has the record of the parent, who goes on and may forget meanwhile
 * what its thread holds no more.
 */
void hold_save(const struct thread *t, struct hold_saved *kept) HIDDEN;
void hold_take_over(struct thread *t, const struct hold_saved *kept) HIDDEN;

/* As the child's record begins: leave out those of which that is so. */
void hold_drop_inherited(struct thread *t, bool (*out)(uint64_t address)) HIDDEN;

#endif
