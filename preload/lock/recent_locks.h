/*
 * The locks that a thread acquired recently: the last of each of 64 slots by address, and when, by a clock of the
 * thread's own. So when it wakes a waiter, it is known which locks it had to acquire on the way (the lockset of the
 * waker). Written at every acquisition, so it is one store; a lock that was overwritten counts as not acquired.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_RECENT_LOCKS_H
#define LOCKWATCH_PRELOAD_LOCK_RECENT_LOCKS_H

#include "preload/os/self.h"

#include <stddef.h>
#include <string.h>

/*
 * An entry is the address of the lock in 48 bits, of which no lock has the lowest two, so that these say what kind it
 * is, with one more bit; and the thread's clock in the upper 15 bits: how often it woke a waiter, got a unit of an
 * event semaphore, or created a thread.
 */
enum {
    RECENT_SHARED = 1, /* acquired for reading; of a semaphore: an event semaphore, which is not held */
    RECENT_ODD_KIND = 2,
};
#define RECENT_FAR_KIND (1ull << 48)
#define RECENT_TICK (1ull << 49)
static const uint64_t RECENT_ADDRESS = RECENT_TICK - 1 - RECENT_FAR_KIND - RECENT_ODD_KIND - RECENT_SHARED;

/* Mutexes, which are the most, need no bit. A constant in every wrapper. */
static inline uint64_t recent_locks_bits(uint32_t as)
{
    uint16_t kind = (uint16_t)as;
    return (kind == KIND_SPINLOCK || kind == KIND_SEMAPHORE ? RECENT_ODD_KIND : 0) |
           (kind == KIND_RWLOCK || kind == KIND_SEMAPHORE ? RECENT_FAR_KIND : 0) |
           ((as >> 16 & (HOW_SHARED | HOW_WAIT)) != 0 ? RECENT_SHARED : 0);
}

static inline uint16_t recent_locks_kind(uint64_t entry)
{
    if ((entry & RECENT_FAR_KIND) != 0)
        return (entry & RECENT_ODD_KIND) != 0 ? KIND_SEMAPHORE : KIND_RWLOCK;
    return (entry & RECENT_ODD_KIND) != 0 ? KIND_SPINLOCK : KIND_MUTEX;
}

/* 0: there is none in that slot. */
static inline uint64_t recent_locks_address(uint64_t entry)
{
    return entry & RECENT_ADDRESS;
}

static inline bool recent_locks_is_event(uint64_t entry)
{
    return recent_locks_kind(entry) == KIND_SEMAPHORE && (entry & RECENT_SHARED) != 0;
}

static inline bool recent_locks_is_shared(uint64_t entry)
{
    return (entry & RECENT_SHARED) != 0;
}

static inline uint16_t recent_locks_clock(uint64_t entry)
{
    return (uint16_t)(entry / RECENT_TICK);
}

static inline uint64_t *recent_locks_slot(uint64_t address)
{
    return (uint64_t *)(void *)((char *)self.recent_locks + (address & (RECENT_LOCKS - 1) * sizeof(uint64_t)));
}

/* The address in the slot that is that of this one, in what another thread keeps; 0: none. */
static inline uint64_t recent_locks_of(const struct self *other, uint64_t address)
{
    return recent_locks_address(other->recent_locks[address / sizeof(uint64_t) % RECENT_LOCKS]);
}

/* The entry of the lock at an address; 0: not acquired recently. */
static inline uint64_t recent_locks_find(uint64_t address)
{
    uint64_t entry = *recent_locks_slot(address);
    return recent_locks_address(entry) == (address & RECENT_ADDRESS) ? entry : 0;
}

/* Whether the thread acquired none, ever. */
static inline bool recent_locks_none(void)
{
    uint64_t all = 0;
    for (int i = 0; i < RECENT_LOCKS; i++)
        all |= self.recent_locks[i];
    return all == 0;
}

/* `as`: HOLD_AS. A thread can go on without what it only tried or asked for with a time-out, and without a once. */
static inline __attribute__((always_inline)) void recent_locks_note(uint64_t address, uint32_t as)
{
    if ((as >> 16 & (HOW_TRIED | HOW_TIMED)) != 0 || kind_is_once((uint16_t)as))
        return;
    *recent_locks_slot(address) = address | self.now | recent_locks_bits(as);
}

/* The lock was destroyed, or this acquisition does not count. */
static inline void recent_locks_forget(uint64_t address)
{
    uint64_t *entry = recent_locks_slot(address);
    if (recent_locks_address(*entry) == (address & RECENT_ADDRESS))
        *entry = 0;
}

/* The thread has initialised the lock, which it did not acquire yet, and knows it. gcc would work out two addresses. */
static inline void recent_locks_initialised(uint64_t address)
{
    char *slot = (char *)&self + (address & (RECENT_LOCKS - 1) * sizeof(uint64_t));
    __asm__("" : "+r"(slot));
    uint64_t *entry = (uint64_t *)(void *)(slot + offsetof(struct self, recent_locks));
    *(uint64_t *)(void *)(slot + offsetof(struct self, knows)) = 1;
    if (recent_locks_address(*entry) == (address & RECENT_ADDRESS))
        *entry = 0;
}

/* Of two times on the clock, which wraps. */
static inline bool recent_locks_is_after(uint16_t clock, uint16_t other)
{
    return (int16_t)((clock - other) * 2) >= 0; /* of 15 bits */
}

/* Forget what would soon seem to lie in the future. */
void recent_locks_wrap(void) HIDDEN;

static inline void recent_locks_tick(void)
{
    self.now += RECENT_TICK;
    if (unlikely(recent_locks_clock(self.now) % (1 << 13) == 0))
        recent_locks_wrap();
}

/* The clock as a number that wraps at 32 bits, and whether a lock's last acquisition was before that. */
static inline uint32_t recent_locks_now(void)
{
    return self.recent_wraps << 16 | recent_locks_clock(self.now);
}

static inline bool recent_locks_is_before(uint64_t entry, uint32_t then)
{
    return self.recent_wraps - (then >> 16) <= 1 &&
           !recent_locks_is_after(recent_locks_clock(entry), (uint16_t)(then + 1));
}

/* The thread has woken a waiter. */
static inline void recent_locks_woke(void)
{
    recent_locks_tick();
    self.woke = recent_locks_clock(self.now);
}

/* It got a unit of an event semaphore. */
static inline void recent_locks_signal(uint64_t address)
{
    recent_locks_tick();
    *recent_locks_slot(address) = address | self.now | recent_locks_bits(KIND_SEMAPHORE | (uint32_t)HOW_WAIT << 16);
}

/* It has created a thread, or woken a waiter for the first time: others may start now that depended on that. */
static inline void recent_locks_part(void)
{
    recent_locks_tick();
    self.parted = recent_locks_clock(self.now);
}

/* Whether a lock was acquired after the last of these. */
static inline bool recent_locks_is_unparted(uint64_t entry)
{
    return recent_locks_is_after(recent_locks_clock(entry), self.parted);
}

/* In the child of a fork. */
static inline void recent_locks_reset(void)
{
    memset(self.recent_locks, 0, sizeof self.recent_locks);
}

#endif
