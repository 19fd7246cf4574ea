/*
 * What libc has written into a lock (glibc; preload/os/musl_words.h has the same for musl): whether somebody has it or
 * waits for it, and who. This is asked when a call looks like a mistake, and believed more than our record. Takes no
 * lock; what others do meanwhile may be seen in part. Of a kind whose words do not change as known nothing is said:
 * none is held, free, owned or waited for, as far as these tell.
 */
#ifndef LOCKWATCH_PRELOAD_OS_GLIBC_H
#define LOCKWATCH_PRELOAD_OS_GLIBC_H

#include "preload/os/real.h"
#include "record/glibc.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The kinds whose words change as known (glibc_check_layout): bits by enum lock_kind. */
extern uint32_t glibc_known HIDDEN;

static inline bool glibc_knows(uint16_t kind)
{
    return (glibc_known >> kind & 1) != 0;
}

/* Whether the memory that a lock was in is still there to be looked at. A system call. */
bool glibc_is_readable(uint64_t address) HIDDEN;

/* Whether somebody holds a mutex, reader-writer lock or spinlock, in whatever mode. */
bool glibc_is_held(uint16_t kind, uint64_t address) HIDDEN;

/* The kernel's id of the thread that holds a mutex, or a reader-writer lock as writer. 0: nobody, or it cannot be said.
 */
uint32_t glibc_owner(uint16_t kind, uint64_t address) HIDDEN;

/* Whether a hold can be that of the thread `tid`. What bears no owner is believed, as long as it is held at all; a
 * semaphore always. */
bool glibc_is_held_by(uint16_t kind, uint64_t address, bool shared, uint32_t tid) HIDDEN;

/*
 * Whether a lock is one of several processes: so declared; or in memory that they share, which costs three system calls
 * and needs /proc.
 */
bool glibc_is_declared_shared(uint16_t kind, uint64_t address) HIDDEN;
enum glibc_memory { MEMORY_UNKNOWN, MEMORY_OWN, MEMORY_SHARED };
enum glibc_memory glibc_memory_at(uint64_t address) HIDDEN;

/* Whether no other process has the memory there just now. False: cannot be said. */
bool glibc_is_memory_of_one(uint64_t address) HIDDEN;
bool glibc_is_in_shared_memory(uint64_t address) HIDDEN;

/*
 * What libc counts: the units of a semaphore and the threads that wait for one; the threads that wait at a condition
 * and were not woken; the readers of a reader-writer lock. False: it cannot be said.
 */
bool glibc_count_units(uint64_t address, uint32_t *units, uint32_t *waiters) HIDDEN;
uint32_t glibc_count_waiters(uint64_t condition) HIDDEN;
bool glibc_count_readers(uint64_t address, uint32_t *readers) HIDDEN;

/*
 * A robust mutex that cannot be recovered: glibc's trylock refuses it, but leaves it locked, where its lock does not
 * (nptl/pthread_mutex_trylock.c, pthread_mutex_lock.c). Unlock it, if that is so.
 */
void glibc_unlock_not_recoverable(pthread_mutex_t *m, uint32_t tid) HIDDEN;

/* Whether a semaphore has a unit for the next thread. */
bool glibc_has_unit(uint64_t address) HIDDEN;

/* Whether threads wait, inside libc, at a semaphore, condition or barrier, and have not all been woken. */
bool glibc_is_waited(uint16_t kind, uint64_t address) HIDDEN;

/*
 * Whether a condition has signals that were sent, but not taken. A woken thread looks asleep to the kernel until a
 * processor has time for it, but its signal lies here until it runs.
 */
bool glibc_is_signalled(uint64_t address) HIDDEN;

/* Whether who waits at this lock, and was not woken, may sleep at a futex outside of it. */
bool glibc_waits_at(uint16_t kind, uint64_t address, uint64_t futex) HIDDEN;

/*
 * Whether memory that is to become a lock looks like one of this kind that is held or waited for. Mostly it does not,
 * be it zero or what malloc left there; where it does by chance, the record does not confirm it.
 */
bool glibc_is_plausible(uint16_t kind, uint64_t address) HIDDEN;

/*
 * The word of a spinlock that is free, and of one that is held: libc was asked at start-up. Where a free one is the
 * greater, threads that wait may lower it further.
 */
extern int glibc_spin_free HIDDEN, glibc_spin_held HIDDEN;

static inline bool glibc_is_spin_word_held(int word)
{
    return glibc_spin_free > glibc_spin_held ? word <= glibc_spin_held : word == glibc_spin_held;
}

/* Whether an attempt to acquire it is worth making. */
static inline bool glibc_is_free_spinlock(const pthread_spinlock_t *l)
{
    return !glibc_knows(KIND_SPINLOCK) || *l == glibc_spin_free;
}

/* The owner field of a mutex as it stands, whatever the lock word says. */
uint32_t glibc_owner_field(uint64_t address) HIDDEN;

/*
 * At start-up: see how libc's locks change (preload/os/layout.c). Where not as expected, that kind is not looked into,
 * and that is said. What is checked of one kind is libc's own (glibc.c, musl.c).
 */
void glibc_check_layout(void) HIDDEN;
bool glibc_check_mutex(void) HIDDEN;
bool glibc_check_rwlock(void) HIDDEN;
bool glibc_check_semaphore(void) HIDDEN;
bool glibc_check_barrier(void) HIDDEN;
bool glibc_check_condition(void) HIDDEN;

#ifdef __GLIBC__

#define GLIBC_AGREES(type, member, ours, field)                                                                        \
    _Static_assert(offsetof(type, member) == offsetof(struct ours, field), "record/glibc.h: " #ours)
GLIBC_AGREES(pthread_mutex_t, __data.__owner, glibc_mutex, owner);
GLIBC_AGREES(pthread_mutex_t, __data.__kind, glibc_mutex, kind);
GLIBC_AGREES(pthread_rwlock_t, __data.__wrphase_futex, glibc_rwlock, phase);
GLIBC_AGREES(pthread_rwlock_t, __data.__cur_writer, glibc_rwlock, writer);
GLIBC_AGREES(pthread_rwlock_t, __data.__flags, glibc_rwlock, flags);
_Static_assert(sizeof(pthread_cond_t) == sizeof(struct glibc_condition), "record/glibc.h: glibc_condition");
#undef GLIBC_AGREES

/*
 * A quick look at memory that is to become a lock, and at a lock that is to be destroyed: false where it is certainly
 * not in use. Memory that was never a lock may hold anything; of a spinlock it is often 0.
 */
static inline bool glibc_looks_used(uint16_t kind, uint64_t address)
{
    const pthread_mutex_t *m = (const pthread_mutex_t *)(uintptr_t)address;
    const pthread_rwlock_t *l = (const pthread_rwlock_t *)(uintptr_t)address;
    if (!glibc_knows(kind))
        return false;
    switch (kind) {
    case KIND_MUTEX:
        return ((unsigned)m->__data.__lock | m->__data.__nusers) != 0;
    case KIND_RWLOCK:
        return l->__data.__readers >> 3 != 0 || l->__data.__cur_writer != 0;
    case KIND_SPINLOCK:
        return *(const pthread_spinlock_t *)(uintptr_t)address != glibc_spin_free;
    default:
        return glibc_is_waited(kind, address);
    }
}

static inline bool glibc_looks_held(uint16_t kind, uint64_t address)
{
    const pthread_mutex_t *m = (const pthread_mutex_t *)(uintptr_t)address;
    if (!glibc_knows(kind))
        return false;
    if (kind == KIND_MUTEX)
        return m->__data.__lock != 0 && m->__data.__owner != 0;
    if (kind == KIND_SPINLOCK)
        return glibc_is_spin_word_held(*(const pthread_spinlock_t *)(uintptr_t)address);
    return glibc_looks_used(kind, address);
}

/* Fields of a mutex. The owner may read the count; any thread may ask whether it is the owner itself. */
static inline bool glibc_is_free(const pthread_mutex_t *m)
{
    return glibc_knows(KIND_MUTEX) && m->__data.__lock == 0;
}

static inline bool glibc_is_owned_by(const pthread_mutex_t *m, uint32_t tid)
{
    return glibc_knows(KIND_MUTEX) && m->__data.__owner == (int)tid;
}

static inline bool glibc_is_recursive(const pthread_mutex_t *m)
{
    return glibc_knows(KIND_MUTEX) && (m->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE_NP;
}

static inline bool glibc_is_errorcheck(const pthread_mutex_t *m)
{
    return glibc_knows(KIND_MUTEX) && (m->__data.__kind & 3) == PTHREAD_MUTEX_ERRORCHECK_NP;
}

static inline unsigned glibc_lock_count(const pthread_mutex_t *m)
{
    return m->__data.__count;
}

static inline bool glibc_is_written_by(const pthread_rwlock_t *l, uint32_t tid)
{
    return glibc_knows(KIND_RWLOCK) && l->__data.__cur_writer == (int)tid;
}

/* A mutex by a memory transaction: nothing in it says that it is held. */
static inline bool glibc_is_elided(const pthread_mutex_t *m)
{
    enum { ELISION = 256 };
    return glibc_knows(KIND_MUTEX) && (m->__data.__kind & ELISION) != 0;
}

static inline struct glibc_barrier glibc_of_barrier(const pthread_barrier_t *b)
{
    struct glibc_barrier now;
    memcpy(&now, b, sizeof now);
    return now;
}

/* Whether the calling thread is the last one to arrive: it will not wait. */
static inline bool glibc_is_last_at(const pthread_barrier_t *b)
{
    struct glibc_barrier now = glibc_of_barrier(b);
    return glibc_knows(KIND_BARRIER) && now.in - now.gone + 1 == now.count;
}

/* Whether readers pass writers that wait. */
static inline bool glibc_is_common_rwlock(const pthread_rwlock_t *l)
{
    return glibc_knows(KIND_RWLOCK) && l->__data.__flags == PTHREAD_RWLOCK_PREFER_READER_NP;
}

/* Whether a mutex says who owns it. */
static inline bool glibc_bears_owner(const pthread_mutex_t *m)
{
    (void)m;
    return glibc_knows(KIND_MUTEX);
}

/*
 * Acquire a unit if there is one, as glibc does it: a semaphore is one 64-bit word, the value in the lower half, and in
 * the upper one how many threads wait (nptl/sem_waitcommon.c). Its sem_trywait would set errno to EAGAIN, which a
 * sem_wait that succeeds must not touch.
 */
static inline bool glibc_acquire_unit(sem_t *s)
{
    uint64_t *data = (uint64_t *)(void *)s;
    if (!glibc_knows(KIND_SEMAPHORE))
        return false;
    uint64_t seen = __atomic_load_n(data, __ATOMIC_RELAXED);
    while ((uint32_t)seen != 0)
        if (__atomic_compare_exchange_n(data, &seen, seen - 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

/* Whether the routine of a pthread_once has run: glibc keeps 2 in the control then (nptl/pthread_once.c). */
static inline bool glibc_is_once_done(const pthread_once_t *control)
{
    return glibc_knows(KIND_ONCE) && (__atomic_load_n(control, __ATOMIC_ACQUIRE) & 2) != 0;
}

/* Whether it runs, or ran: else the control is as initialised. */
static inline bool glibc_is_once_begun(const pthread_once_t *control)
{
    return glibc_knows(KIND_ONCE) && *control != PTHREAD_ONCE_INIT;
}

/* The traits of a mutex as glibc keeps them in it. */
static inline uint32_t glibc_mutex_traits(const pthread_mutex_t *m)
{
    return glibc_knows(KIND_MUTEX) ? glibc_traits_of_mutex((uint32_t)m->__data.__kind) : 0;
}

/* Likewise of a condition, whose word of waiters has a bit for it (0: not known), and of a reader-writer lock. */
uint32_t glibc_waiters_word(uint64_t condition) HIDDEN;

static inline uint32_t glibc_condition_traits(const pthread_cond_t *c)
{
    return (glibc_waiters_word((uint64_t)(uintptr_t)c) & 1) != 0 ? TRAIT_SHARED : 0;
}

static inline uint32_t glibc_rwlock_traits(const pthread_rwlock_t *l)
{
    return glibc_knows(KIND_RWLOCK) ? glibc_traits_of_rwlock((uint32_t)l->__data.__shared, l->__data.__flags) : 0;
}

#else
#include "preload/os/musl_words.h"
#endif

#endif
