/*
 * The locks that a thread acquired recently: the last of each of 64 slots by address, and when, by a clock of the
 * thread's own. So when it wakes a waiter, it is known which locks it had to acquire on the way (the lockset of the
 * waker). Written at every acquisition, so it is two stores; a lock that was overwritten counts as not acquired.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_RECENT_LOCKS_H
#define LOCKWATCH_PRELOAD_LOCK_RECENT_LOCKS_H

#include "preload/os/self.h"

#include <stddef.h>
#include <string.h>

/*
 * The clock, self.now and recent_lock.when: the upper half counts how often the thread woke a waiter or got a unit of
 * an event semaphore; the next 16 bits how often it created a thread, or woke a waiter for the first time. The last 16
 * bits of `when` say how the lock was acquired: enum hold_how << 8 | kind.
 */
static inline uint32_t recent_locks_clock(uint64_t when)
{
    return (uint32_t)(when >> 32);
}

static inline uint16_t recent_locks_made(uint64_t when)
{
    return (uint16_t)(when >> 16);
}

static inline struct recent_lock *recent_locks_slot(uint64_t address)
{
    return (struct recent_lock *)(void *)((char *)self.recent_locks +
                                          (address & (RECENT_LOCKS - 1) * sizeof(struct recent_lock)));
}

/* When the lock at an address was acquired last; NULL: not recently. */
static inline const struct recent_lock *recent_locks_find(uint64_t address)
{
    const struct recent_lock *s = recent_locks_slot(address);
    return s->address == address ? s : NULL;
}

/* `as`: HOLD_AS. A thread can go on without what it only tried or asked for with a time-out, and without a once. */
static inline void recent_locks_note(uint64_t address, uint32_t as)
{
    if ((as >> 16 & (HOW_TRIED | HOW_TIMED)) != 0 || (uint16_t)as == KIND_ONCE)
        return;
    struct recent_lock *s = recent_locks_slot(address);
    s->address = address;
    s->when = self.now | (as & 0xff) | as >> 16 << 8;
}

/* The lock was destroyed, or this acquisition does not count. */
static inline void recent_locks_forget(uint64_t address)
{
    struct recent_lock *s = recent_locks_slot(address);
    if (s->address == address)
        s->address = 0;
}

/* Of two times on the clock, which wraps at 32 bits. */
static inline bool recent_locks_is_after(uint32_t clock, uint32_t other)
{
    return (int32_t)(clock - other) >= 0;
}

/* The thread has woken a waiter. */
static inline void recent_locks_woke(void)
{
    self.now += 1ull << 32;
    self.woke = recent_locks_clock(self.now);
}

/* It got a unit of an event semaphore. */
static inline void recent_locks_signal(uint64_t address)
{
    self.now += 1ull << 32;
    struct recent_lock *s = recent_locks_slot(address);
    s->address = address;
    s->when = self.now | KIND_SEMAPHORE | HOW_WAIT << 8;
}

/* It has created a thread, or woken a waiter for the first time: others may start now that depended on that. */
static inline void recent_locks_part(void)
{
    self.now = (self.now & ~0xffff0000ull) | ((self.now + 0x10000) & 0xffff0000u);
}

/* In the child of a fork. */
static inline void recent_locks_reset(void)
{
    memset(self.recent_locks, 0, sizeof self.recent_locks);
}

#endif
