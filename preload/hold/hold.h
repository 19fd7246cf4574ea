/*
 * What a thread holds: the list in its slot (record/layout.h, struct thread), and what is recorded of it.
 *
 * Acquiring a lock adds an entry to the list, releasing it removes one. While another lock is held, the acquisition
 * says something of an order. A thread knows most of what it does by a hash of all that it holds (known_paths.h): a hit
 * writes nothing that another thread reads, takes no lock and allocates nothing, at any depth. What it does not know is
 * looked for in the trie of held-locks paths; only a node that no thread needed before takes a stack and the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_HOLD_H
#define LOCKWATCH_PRELOAD_HOLD_HOLD_H

#include "preload/hold/held_list.h"
#include "preload/hold/trie.h"
#include "preload/lock/lock.h"
#include "preload/lock/recent_locks.h"
#include "preload/os/self.h"
#include "preload/stack/callers.h"

#include <stdatomic.h>

/*
 * Not 0: long holds and starvation are reported (preload/wait/contention.h, which sets these at start-up). Called when
 * the thread has acquired a lock, and when it is about to release one.
 */
extern uint64_t hold_timing HIDDEN;
extern void (*hold_timing_acquired)(uint64_t address) HIDDEN;
extern void (*hold_timing_releases)(struct thread *t, uint64_t address) HIDDEN;

/* Kind and how (HOLD_AS) as held_lock.call has them. */
static inline uint64_t hold_bits(uint32_t as)
{
    return (uint64_t)((as & 0xff) ^ KIND_MUTEX) << 48 | (uint64_t)(as >> 16) << 56;
}

static inline uint32_t hold_as(const struct held_lock *e)
{
    return HOLD_AS((uint8_t)(e->call >> 48) ^ KIND_MUTEX, e->call >> 56);
}

/* For hold_push: another lock is held, too. Always 0. */
int hold_nested(struct held_lock *e, uint32_t end) HIDDEN;

/* Add an entry. 0, so that a wrapper can end with it. */
static inline __attribute__((always_inline)) int hold_push(struct thread *t, uint64_t address, uint64_t call,
                                                           uint64_t frame)
{
    uint32_t end = atomic_load_explicit(&t->held_end, memory_order_relaxed);
    struct held_lock *e = held_list_at_end(t, end) + 1;
    e->call = call;
    e->frame = frame;
    e->address = address;
    held_list_set_end(t, end + HELD_ITEM);
    return unlikely(end != 0) ? hold_nested(e, end) : 0;
}

/* Not 0: hold_timing is, or there is an interpreter, in whose code the thread may be (preload/os/interpreter.h). */
extern uint64_t hold_observed HIDDEN;

/* For hold_acquire: the caller keeps a frame pointer; hold_observed is on. */
void hold_acquire_framed(struct thread *t, uint64_t address, uint64_t call, uint64_t frame, uint64_t pointer) HIDDEN;
void hold_acquire_observed(struct thread *t, uint64_t address, uint64_t call, uint64_t frame, uint64_t pointer) HIDDEN;

/* The thread has acquired a lock: after the real call. For a wrapper, as it reads the caller's frame pointer. */
static inline __attribute__((always_inline)) void hold_acquire(struct thread *t, const void *lock, uint32_t as,
                                                               uint64_t site, uint64_t frame)
{
    uint64_t address = (uint64_t)(uintptr_t)lock, call = site | hold_bits(as);
    recent_locks_note(address, as);
    if (unlikely(hold_observed != 0))
        hold_acquire_observed(t, address, call, frame, arch_frame_pointer());
    else if (callers_framed(frame))
        hold_acquire_framed(t, address, call, frame, arch_frame_pointer());
    else
        hold_push(t, address, call, frame);
}

/* The thread is about to release the lock that it acquired last. False: it is another one. */
static inline __attribute__((always_inline)) bool hold_pop(struct thread *t, const void *lock)
{
    uint32_t end = atomic_load_explicit(&t->held_end, memory_order_relaxed);
    if (unlikely(held_list_at_end(t, end)->address != (uint64_t)(uintptr_t)lock))
        return false;
    held_list_set_end(t, end - HELD_ITEM);
    return true;
}

/*
 * The last but one, as of a list that is walked hand over hand; if the last is a mutex, which no signal handler
 * releases, and not what marks a long list. What was acquired last moves down. Others may see it twice meanwhile.
 */
static inline __attribute__((always_inline)) bool hold_pop_second(struct thread *t, const void *lock)
{
    uint32_t end = atomic_load_explicit(&t->held_end, memory_order_relaxed);
    struct held_lock *last = held_list_at_end(t, end);
    if (end < 2 * HELD_ITEM || last[-1].address != (uint64_t)(uintptr_t)lock || last->call >> 48 != 0)
        return false;
    last[-1].call = last->call | (uint64_t)HOW_REBUILT << 56;
    last[-1].frame = last->frame;
    last[-1].address = last->address;
    held_list_set_end(t, end - HELD_ITEM);
    return true;
}

/* Any lock. False: the thread does not hold it. */
bool hold_release_any(struct thread *t, uint64_t address) HIDDEN;

/* The thread is about to release a lock: before the real call. False: it does not hold it. */
static inline bool hold_release(struct thread *t, const void *lock)
{
    if (likely(hold_timing == 0) && likely(hold_pop(t, lock)))
        return true;
    return hold_release_any(t, (uint64_t)(uintptr_t)lock);
}

/*
 * The same for a unit of a semaphore, perhaps by a signal handler that has interrupted this very thread at any
 * instruction of a wrapper: so the entry is only marked, and removed by the next call of the thread itself.
 */
static inline bool hold_release_last_unit(struct thread *t, uint64_t address)
{
    struct held_lock *last = held_list_at_end(t, atomic_load_explicit(&t->held_end, memory_order_relaxed));
    if (unlikely(last->address != address))
        return false;
    last->address = HELD_RELEASED;
    return true;
}

bool hold_release_unit(struct thread *t, uint64_t address) HIDDEN;

/* Remove what was so marked from the end of the list: before a wrapper that is no signal handler's adds to it. */
static inline void hold_drop_units(struct thread *t)
{
    uint32_t end = atomic_load_explicit(&t->held_end, memory_order_relaxed);
    if (held_list_at_end(t, end)->address == HELD_RELEASED)
        held_list_set_end(t, end - HELD_ITEM);
}

/*
 * Give all that is held its node: thread.path says it until hold_set_path, which takes what it was before. Inside the
 * library only.
 */
void hold_complete_path(struct thread *t) HIDDEN;
void hold_set_path(struct thread *t, uint32_t path) HIDDEN;

/* For a wrapper: the thread has acquired a lock whose every acquisition counts, even an outermost. */
void hold_record_from_hook(struct thread *t) HIDDEN;

/*
 * A thread that holds one lock is about to block at `here`, its path is complete: a node is shared by all threads that
 * acquired the lock there, so its stack is that of the first; give this thread a node with its own.
 */
struct stack_call;
void hold_use_own_stack(struct thread *t, const struct stack_call *here) HIDDEN;

/* The outermost lock that the thread holds exclusively, and has held since its clock said this (recent_locks.h); 0:
 * none is known. Inside the library only. */
uint32_t hold_since(struct thread *t, uint32_t tick) HIDDEN;

/* What the calling thread holds is unknown from now on. */
void hold_drop(struct thread *t) HIDDEN;

/*
 * The thread waits, or might have had to wait, for what no thread holds: an event semaphore, a condition (its mutex is
 * released already), a barrier. Recorded only while holding a lock. What is recorded already costs one look into the
 * table.
 */
void hold_wait_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame) HIDDEN;

static inline void hold_wait(struct thread *t, const void *awaited, uint32_t as, uint64_t site, uint64_t frame)
{
    if (unlikely(t->held_end != 0))
        hold_wait_nested(t, (uint64_t)(uintptr_t)awaited, as, site, frame);
}

/* The thread has asked for a lock in vain, with a time-out: an order of locks all the same. Recorded as a wait is. */
void hold_asked_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame) HIDDEN;

static inline void hold_asked(struct thread *t, const void *lock, uint32_t as, uint64_t site, uint64_t frame)
{
    if (t != NULL && t->held_end != 0)
        hold_asked_nested(t, (uint64_t)(uintptr_t)lock, as, site, frame);
}

/*
 * A thread released a semaphore that it had acquired: recorded once, if the semaphore has an id. A table of those that
 * were recorded last spares looking it up.
 */
enum { HOLD_POSTED_SEEN = 1024 };
extern _Atomic uint64_t hold_posted_seen[HOLD_POSTED_SEEN] HIDDEN;
void hold_posted_own_first(uint64_t address) HIDDEN;

static inline _Atomic uint64_t *hold_posted_place(uint64_t address)
{
    return &hold_posted_seen[address / 16 % HOLD_POSTED_SEEN];
}

static inline bool hold_posted_is_own(uint64_t address)
{
    return atomic_load_explicit(hold_posted_place(address), memory_order_relaxed) == address;
}

static inline void hold_posted_own(uint64_t address)
{
    if (!hold_posted_is_own(address))
        hold_posted_own_first(address);
}

/* Drop the cached entry: a new semaphore was initialised at this address. */
static inline void hold_posted_forget(uint64_t address)
{
    _Atomic uint64_t *place = hold_posted_place(address);
    if (*place == address)
        *place = 0;
}

/* LOCKWATCH_IGNORE and LOCKWATCH_WATCH; LOCKWATCH_ORDER, called at `here`. Inside the library only. */
void hold_ignore(struct thread *t) HIDDEN;
void hold_ignore_no_more(struct thread *t) HIDDEN;
void hold_declare_order(uint64_t first, uint64_t second, const struct stack_call *here) HIDDEN;

/* A path with one lock more, acquired with this stack; for threads that do not exist in this process. */
uint32_t hold_path(uint32_t path, uint64_t address, uint32_t as, uint64_t site, uint32_t stack) HIDDEN;

/* The path of all that another thread holds, which is not to run meanwhile: else it is of no moment in particular. */
uint32_t hold_path_of(uint32_t thread) HIDDEN;

/* What a thread held when it forked, the outermost first. With more than these the innermost are left out. */
struct hold_saved {
    uint32_t count;
    struct held_lock item[HELD_SLOTS];
};

/* By the thread itself before it forks, as its slot is in the parent's record; then in the child. */
void hold_save(struct thread *t, struct hold_saved *kept) HIDDEN;
void hold_take_over(struct thread *t, const struct hold_saved *kept) HIDDEN;

/* In the child: when its record begins, inherited locks are dropped for which `out` says true. */
void hold_drop_inherited(struct thread *t, bool (*out)(uint64_t address)) HIDDEN;

/* The record begins, and `t` is the slot of the thread there. */
void hold_start(struct thread *t) HIDDEN;

#endif
