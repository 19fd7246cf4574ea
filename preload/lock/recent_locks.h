/*
 * What a thread took lately: the last of it by the last bits of its address, and when that was, by a clock of the
 * thread's own. So that it can be said, when it wakes somebody, what it had to take on its way there. Written at every
 * lock, hence it is but two stores; a lock that another has overwritten counts as not taken.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_RECENT_LOCKS_H
#define LOCKWATCH_PRELOAD_LOCK_RECENT_LOCKS_H

#include "preload/os/self.h"

#include <stddef.h>
#include <string.h>

/*
 * The clock, self.now and taken.when: in the upper half how often the thread woke somebody, or took a signal; then, in
 * 16 bits, how often it made a thread, or woke somebody for the first time. The last 16 bits of `when` are how it was
 * taken: enum hold_how << 8 | kind.
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

/* When the lock at an address was taken last; NULL: not lately. */
static inline const struct recent_lock *recent_locks_find(uint64_t address)
{
    const struct recent_lock *s = recent_locks_slot(address);
    return s->address == address ? s : NULL;
}

/* `as`: HOLD_AS. What was merely tried, or with a time-out, need not be had to go on; and nobody has to take a once. */
static inline void recent_locks_note(uint64_t address, uint32_t as)
{
    if ((as >> 16 & (HOW_TRIED | HOW_TIMED)) != 0 || (uint16_t)as == KIND_ONCE)
        return;
    struct recent_lock *s = recent_locks_slot(address);
    s->address = address;
    s->when = self.now | (as & 0xff) | as >> 16 << 8;
}

/* The lock is no more; or it was not the thread's to take. */
static inline void recent_locks_forget(uint64_t address)
{
    struct recent_lock *s = recent_locks_slot(address);
    if (s->address == address)
        s->address = 0;
}

/* Of two times on the clock, 32 bits that run over. */
static inline bool recent_locks_is_after(uint32_t clock, uint32_t other)
{
    return (int32_t)(clock - other) >= 0;
}

/* The thread has woken somebody, whoever it was. */
static inline void recent_locks_woke(void)
{
    self.now += 1ull << 32;
    self.woke = recent_locks_clock(self.now);
}

/* It took a unit of a semaphore that is a signal. */
static inline void recent_locks_signal(uint64_t address)
{
    self.now += 1ull << 32;
    struct recent_lock *s = recent_locks_slot(address);
    s->address = address;
    s->when = self.now | KIND_SEMAPHORE | HOW_WAIT << 8;
}

/* It has made a thread, or woken somebody for the first time: others may begin now who had to wait for that. */
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
