/*
 * What a thread holds: a path in the trie of holds, so one number (record/layout.h, struct hold).
 *
 * The outermost lock is only kept in the thread's slot (thread.outer). When a second one is acquired under it, or the
 * thread blocks, it gets a node. From then on a cache of the thread's own maps (path, lock, call site) to the next
 * path, for acquiring and for releasing: a hit writes nothing that another thread reads, takes no lock and allocates
 * nothing, at any depth. A miss asks the index of all nodes; only a node that no thread needed before takes a stack and
 * the raw lock.
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
 * Not 0: long holds and starvation are reported (preload/wait/contention.h, which sets these at start-up); then every
 * acquired lock gets a node. Called when the thread has acquired a lock, and when it is about to release one.
 */
extern uint64_t hold_timing HIDDEN;
extern void (*hold_timing_acquired)(uint64_t address) HIDDEN;
extern void (*hold_timing_releases)(const struct thread *t, uint64_t address) HIDDEN;

/* The slow halves of hold_acquire and hold_release: more than one lock is held. Not for wrappers. */
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

/* The thread has acquired a lock: after the real call. */
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

/* hold_complete_path for a wrapper: the thread has acquired a lock whose every acquisition counts, even an outermost.
 */
void hold_complete_path_from_hook(struct thread *t) HIDDEN;

/* Give the outermost lock its node, so that thread.path says all that is held. Inside the library only. */
void hold_complete_path(struct thread *t) HIDDEN;

/*
 * A thread that holds one lock is about to block at `here`: a node is shared by all threads that acquired the
 * lock there, so its stack is that of the first; give this thread a node with its own. Returns the path it had before,
 * for hold_set_path when the wait is over.
 */
struct stack_call;
uint32_t hold_use_own_stack(struct thread *t, const struct stack_call *here) HIDDEN;
void hold_set_path(struct thread *t, uint32_t path) HIDDEN;

/* What the calling thread holds is unknown from now on. */
void hold_drop(struct thread *t) HIDDEN;

/*
 * The thread waits, or might have had to wait, for what no thread holds: an event semaphore, a condition (its mutex is
 * released already), a barrier. Recorded only while holding a lock. What is recorded already costs one look into the
 * cache.
 */
void hold_wait_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame) HIDDEN;

static inline void hold_wait(struct thread *t, const void *awaited, uint32_t as, uint64_t site, uint64_t frame)
{
    if (unlikely(t->outer != 0))
        hold_wait_nested(t, (uint64_t)(uintptr_t)awaited, as, site, frame);
}

/*
 * A thread released a semaphore that it had acquired: recorded once, if the semaphore has an id. A table of those that
 * were recorded last spares looking it up.
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

/* Drop the cached entry: a new semaphore was initialised at this address. */
static inline void hold_posted_forget(uint64_t address)
{
    _Atomic uint64_t *place = &hold_posted_seen[hold_posted_place(address)];
    if (*place == address)
        *place = 0;
}

/* A path with one lock more, acquired with this stack; for threads that do not exist in this process. */
uint32_t hold_path(uint32_t path, uint64_t address, uint32_t as, uint64_t site, uint32_t stack) HIDDEN;

/* What a thread held when it forked: addresses, as the trie is the parent's. */
struct hold_saved {
    uint32_t count;
    uint64_t frame;            /* of the only lock, if it had no node; else 0 */
    struct held_item item[32]; /* innermost first */
};

/* By the thread itself before it forks: in the child its path may be pruned already, as the record is the parent's. */
void hold_save(const struct thread *t, struct hold_saved *kept) HIDDEN;
void hold_take_over(struct thread *t, const struct hold_saved *kept) HIDDEN;

/* In the child: the thread holds these. When its record begins: but not those for which `out` says true. */
void hold_drop_inherited(struct thread *t, bool (*out)(uint64_t address)) HIDDEN;

#endif
