/*
 * The common cases of libc's lock calls, done without calling libc: an uncontended mutex without attributes, or one
 * that is recursive and already the thread's own, reader-writer lock, spinlock, and unit of a semaphore. They leave the
 * lock just as glibc's own code would (nptl/pthread_mutex_lock.c, pthread_rwlock_common.c, sem_waitcommon.c,
 * sem_post.c; 2.31 to 2.41), and do nothing, with false, where that would do more than this.
 *
 * self_inlined (preload/os/self.h) says whether they may be used: only where libc's function is the next in line, so
 * that no other interposer is passed by, and where locks were seen to change as expected at start-up. Elision, which
 * the tunables turn on, fails that test. What does not pass here: uprobes at libc's entry points.
 */
#ifndef LOCKWATCH_PRELOAD_OS_INLINED_H
#define LOCKWATCH_PRELOAD_OS_INLINED_H

#include "arch/arch.h"
#include "preload/os/real.h"

#include <stdint.h>

/* At start-up: find out whether they may be used. */
bool inlined_check(void) HIDDEN;

#ifdef __GLIBC__

/* --- mutexes --- */

static inline bool inlined_is_common(const pthread_mutex_t *m)
{
    return m->__data.__kind == 0; /* normal, of one process, not robust */
}

/* While there is one thread, libc uses no atomic instructions, nor does this. */
static inline __attribute__((always_inline)) bool inlined_mutex_lock(pthread_mutex_t *m, uint32_t tid)
{
    int free = 0;
    if (__libc_single_threaded) {
        if (m->__data.__lock != 0)
            return false;
        m->__data.__lock = 1;
    } else if (!__atomic_compare_exchange_n(&m->__data.__lock, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return false;
    m->__data.__owner = (int)tid;
    m->__data.__nusers++;
    return true;
}

/* What the lock word was: 1 and nobody waits, 0 and it was not locked, else inlined_mutex_wake is due. */
static inline __attribute__((always_inline)) int inlined_mutex_unlock(pthread_mutex_t *m)
{
    m->__data.__owner = 0;
    m->__data.__nusers--;
    if (!__libc_single_threaded)
        return __atomic_exchange_n(&m->__data.__lock, 0, __ATOMIC_RELEASE);
    int before = m->__data.__lock;
    m->__data.__lock = 0;
    return before;
}

/* The same for a recursive mutex: the first time, again, not for the last time, and for the last time. */
static inline bool inlined_is_recursive(const pthread_mutex_t *m)
{
    return m->__data.__kind == PTHREAD_MUTEX_RECURSIVE_NP;
}

static inline bool inlined_recursive_lock(pthread_mutex_t *m, uint32_t tid)
{
    if (!inlined_mutex_lock(m, tid))
        return false;
    m->__data.__count = 1;
    return true;
}

static inline bool inlined_recursive_again(pthread_mutex_t *m, uint32_t tid)
{
    if (m->__data.__owner != (int)tid || m->__data.__count > INT32_MAX)
        return false;
    m->__data.__count++;
    return true;
}

static inline bool inlined_recursive_leave(pthread_mutex_t *m, uint32_t tid)
{
    if (m->__data.__owner != (int)tid || m->__data.__count < 2)
        return false;
    m->__data.__count--;
    return true;
}

static inline bool inlined_recursive_is_last(const pthread_mutex_t *m, uint32_t tid)
{
    return m->__data.__owner == (int)tid && m->__data.__count == 1;
}

/* How often this thread has it. */
static inline unsigned inlined_recursive_times(const pthread_mutex_t *m, uint32_t tid)
{
    return m->__data.__owner == (int)tid ? m->__data.__count : 0;
}

static inline int inlined_recursive_unlock(pthread_mutex_t *m)
{
    m->__data.__count = 0;
    return inlined_mutex_unlock(m);
}

/* Wake one waiter. Leaves errno alone: the mutex's memory may be gone by now. */
void inlined_mutex_wake(pthread_mutex_t *m) HIDDEN;

/* --- reader-writer locks --- */

enum {
    INLINED_RWLOCK_WRITES = 1, /* of writers, be one there or not */
    INLINED_RWLOCK_WRITTEN = 2,
    INLINED_RWLOCK_BUSY = 7,
    INLINED_READER = 8,
    INLINED_RWLOCK_MANY = 1 << 30,
};

/* The lowest bits say that a writer has it or waits, or readers do. */
static inline bool inlined_read_lock(pthread_rwlock_t *l)
{
    unsigned readers = __atomic_load_n(&l->__data.__readers, __ATOMIC_RELAXED);
    return (readers & (INLINED_RWLOCK_BUSY | INLINED_RWLOCK_MANY)) == 0 &&
           __atomic_compare_exchange_n(&l->__data.__readers, &readers, readers + INLINED_READER, false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* As a writer: the last one left it so, and nobody has wanted it since. */
static inline bool inlined_write_lock(pthread_rwlock_t *l, uint32_t tid)
{
    unsigned free = INLINED_RWLOCK_WRITES;
    if (!__atomic_compare_exchange_n(&l->__data.__readers, &free, INLINED_RWLOCK_WRITES | INLINED_RWLOCK_WRITTEN, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return false;
    __atomic_store_n(&l->__data.__writers_futex, 1, __ATOMIC_RELAXED);
    l->__data.__cur_writer = (int)tid;
    return true;
}

/* This thread has it as a writer, and nobody waits. */
static inline bool inlined_is_written(const pthread_rwlock_t *l, uint32_t tid)
{
    return l->__data.__readers == (INLINED_RWLOCK_WRITES | INLINED_RWLOCK_WRITTEN) && l->__data.__writers_futex == 1 &&
           l->__data.__cur_writer == (int)tid;
}

/* One reader holds it, which is all that was done with it. */
static inline bool inlined_is_read_first(const pthread_rwlock_t *l)
{
    const pthread_rwlock_t expected = {.__data = {.__readers = INLINED_READER}};
    return __builtin_memcmp(l, &expected, sizeof *l) == 0;
}

/* Readers hold it, and nobody waits. */
static inline bool inlined_is_read(const pthread_rwlock_t *l)
{
    unsigned readers = __atomic_load_n(&l->__data.__readers, __ATOMIC_RELAXED);
    return (readers & INLINED_RWLOCK_BUSY) == 0 && readers != 0;
}

static inline bool inlined_read_unlock(pthread_rwlock_t *l)
{
    unsigned readers = __atomic_load_n(&l->__data.__readers, __ATOMIC_RELAXED);
    return (readers & INLINED_RWLOCK_BUSY) == 0 && readers != 0 &&
           __atomic_compare_exchange_n(&l->__data.__readers, &readers, readers - INLINED_READER, false,
                                       __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* --- spinlocks --- */

static inline bool inlined_spin_lock(pthread_spinlock_t *l)
{
    return __atomic_exchange_n(l, ARCH_GLIBC_SPIN_HELD, __ATOMIC_ACQUIRE) == ARCH_GLIBC_SPIN_FREE;
}

static inline void inlined_spin_unlock(pthread_spinlock_t *l)
{
    __atomic_store_n(l, ARCH_GLIBC_SPIN_FREE, __ATOMIC_RELEASE);
}

/* --- semaphores: the value in the lower half of a word, how many threads wait in the upper --- */

static inline bool inlined_sem_wait(sem_t *s)
{
    uint64_t seen = __atomic_load_n((uint64_t *)(void *)s, __ATOMIC_RELAXED);
    return (uint32_t)seen != 0 && __atomic_compare_exchange_n((uint64_t *)(void *)s, &seen, seen - 1, false,
                                                              __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Nobody waits, and it is not full (SEM_VALUE_MAX). */
static inline bool inlined_sem_post(sem_t *s)
{
    uint64_t seen = __atomic_load_n((uint64_t *)(void *)s, __ATOMIC_RELAXED);
    return seen < INT32_MAX && __atomic_compare_exchange_n((uint64_t *)(void *)s, &seen, seen + 1, false,
                                                           __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

#else

/* Of musl nothing is done without calling it: self_inlined is NULL. */

static inline bool inlined_is_common(const pthread_mutex_t *m)
{
    (void)m;
    return false;
}

static inline bool inlined_mutex_lock(pthread_mutex_t *m, uint32_t tid)
{
    (void)m, (void)tid;
    return false;
}

static inline int inlined_mutex_unlock(pthread_mutex_t *m)
{
    (void)m;
    return 1;
}

static inline bool inlined_is_recursive(const pthread_mutex_t *m)
{
    (void)m;
    return false;
}

static inline bool inlined_recursive_lock(pthread_mutex_t *m, uint32_t tid)
{
    (void)m, (void)tid;
    return false;
}

static inline bool inlined_recursive_again(pthread_mutex_t *m, uint32_t tid)
{
    (void)m, (void)tid;
    return false;
}

static inline bool inlined_recursive_leave(pthread_mutex_t *m, uint32_t tid)
{
    (void)m, (void)tid;
    return false;
}

static inline bool inlined_recursive_is_last(const pthread_mutex_t *m, uint32_t tid)
{
    (void)m, (void)tid;
    return false;
}

static inline int inlined_recursive_unlock(pthread_mutex_t *m)
{
    (void)m;
    return 1;
}

static inline unsigned inlined_recursive_times(const pthread_mutex_t *m, uint32_t tid)
{
    (void)m, (void)tid;
    return 0;
}

static inline bool inlined_is_written(const pthread_rwlock_t *l, uint32_t tid)
{
    (void)l, (void)tid;
    return false;
}

static inline bool inlined_read_lock(pthread_rwlock_t *l)
{
    (void)l;
    return false;
}

static inline bool inlined_write_lock(pthread_rwlock_t *l, uint32_t tid)
{
    (void)l, (void)tid;
    return false;
}

static inline bool inlined_is_read(const pthread_rwlock_t *l)
{
    (void)l;
    return false;
}

static inline bool inlined_is_read_first(const pthread_rwlock_t *l)
{
    (void)l;
    return false;
}

static inline bool inlined_read_unlock(pthread_rwlock_t *l)
{
    (void)l;
    return false;
}

static inline bool inlined_spin_lock(pthread_spinlock_t *l)
{
    (void)l;
    return false;
}

static inline void inlined_spin_unlock(pthread_spinlock_t *l)
{
    (void)l;
}

static inline bool inlined_sem_wait(sem_t *s)
{
    (void)s;
    return false;
}

static inline bool inlined_sem_post(sem_t *s)
{
    (void)s;
    return false;
}

static inline void inlined_mutex_wake(pthread_mutex_t *m)
{
    (void)m;
}

#endif

#endif
