/*
 * preload/os/glibc.h for musl: the same questions, under the same names, of what musl writes into its locks (1.2,
 * src/internal/pthread_impl.h). Included there.
 *
 * A normal mutex does not say who owns it. A condition variable knows its waiters as a list on their own stacks.
 */
#ifndef LOCKWATCH_PRELOAD_OS_MUSL_WORDS_H
#define LOCKWATCH_PRELOAD_OS_MUSL_WORDS_H

#include "preload/os/real.h"
#include "record/layout.h"

#include <errno.h>
#include <stdint.h>

enum {
    MUSL_TID = 0x3fffffff,
    MUSL_RWLOCK = 0x7fffffff, /* in the word: the readers, or all ones for a writer */
};
enum { MUSL_RECURSIVE = 1, MUSL_ERRORCHECK = 2, MUSL_ROBUST = 4, MUSL_INHERIT = 8, MUSL_SHARED = 128 };
enum { MUSL_MUTEX_TYPE = 0, MUSL_MUTEX_LOCK = 1, MUSL_MUTEX_COUNT = 5 };
enum { MUSL_RWLOCK_LOCK = 0, MUSL_RWLOCK_SHARED = 2 };
enum { MUSL_BARRIER_LIMIT = 2, MUSL_BARRIER_ROUND = 3 };             /* a word, a pointer */
enum { MUSL_CONDITION_HEAD = 1, MUSL_CONDITION_SHARED_WAITERS = 3 }; /* a pointer, a word */
enum { MUSL_ONCE_DONE = 2 };

/* Word `i` of a lock. */
static inline uint32_t musl_word(const void *lock, int i)
{
    return __atomic_load_n((const uint32_t *)lock + i, __ATOMIC_ACQUIRE);
}

static inline uint32_t musl_mutex_word(const void *m)
{
    return glibc_knows(KIND_MUTEX) ? musl_word(m, MUSL_MUTEX_LOCK) & MUSL_TID : 0;
}

static inline uint32_t musl_mutex_type(const void *m)
{
    return glibc_knows(KIND_MUTEX) ? musl_word(m, MUSL_MUTEX_TYPE) : 0;
}

static inline bool glibc_is_free(const pthread_mutex_t *m)
{
    return glibc_knows(KIND_MUTEX) && musl_mutex_word(m) == 0;
}

static inline bool glibc_bears_owner(const pthread_mutex_t *m)
{
    return (musl_mutex_type(m) & 15) != 0;
}

static inline bool glibc_is_owned_by(const pthread_mutex_t *m, uint32_t tid)
{
    return glibc_bears_owner(m) && musl_mutex_word(m) == tid;
}

static inline bool glibc_is_recursive(const pthread_mutex_t *m)
{
    return (musl_mutex_type(m) & 3) == MUSL_RECURSIVE;
}

static inline bool glibc_is_errorcheck(const pthread_mutex_t *m)
{
    return (musl_mutex_type(m) & 3) == MUSL_ERRORCHECK;
}

/* musl counts the further times. */
static inline unsigned glibc_lock_count(const pthread_mutex_t *m)
{
    return musl_word(m, MUSL_MUTEX_COUNT) + 1;
}

static inline bool glibc_looks_used(uint16_t kind, uint64_t address)
{
    return glibc_is_plausible(kind, address);
}

static inline bool glibc_looks_held(uint16_t kind, uint64_t address)
{
    return glibc_is_plausible(kind, address);
}

static inline bool glibc_is_elided(const pthread_mutex_t *m)
{
    (void)m;
    return false;
}

static inline uint32_t glibc_mutex_traits(const pthread_mutex_t *m)
{
    uint32_t type = musl_mutex_type(m);
    return ((type & 3) == MUSL_RECURSIVE ? TRAIT_RECURSIVE : 0) |
           ((type & 3) == MUSL_ERRORCHECK ? TRAIT_ERRORCHECK : 0) | ((type & MUSL_ROBUST) != 0 ? TRAIT_ROBUST : 0) |
           ((type & MUSL_INHERIT) != 0 ? TRAIT_INHERIT : 0) | ((type & MUSL_SHARED) != 0 ? TRAIT_SHARED : 0);
}

static inline uint32_t glibc_condition_traits(const pthread_cond_t *c)
{
    void *shared;
    __builtin_memcpy(&shared, c, sizeof shared);
    return glibc_knows(KIND_CONDITION) && shared != NULL ? TRAIT_SHARED : 0;
}

static inline uint32_t glibc_rwlock_traits(const pthread_rwlock_t *l)
{
    return glibc_knows(KIND_RWLOCK) && musl_word(l, MUSL_RWLOCK_SHARED) != 0 ? TRAIT_SHARED : 0;
}

/* No word says which thread writes. */
static inline bool glibc_is_written_by(const pthread_rwlock_t *l, uint32_t tid)
{
    (void)l, (void)tid;
    return false;
}

/* musl's readers pass waiting writers. */
static inline bool glibc_is_common_rwlock(const pthread_rwlock_t *l)
{
    (void)l;
    return true;
}

static inline bool glibc_is_once_done(const pthread_once_t *control)
{
    return glibc_knows(KIND_ONCE) && __atomic_load_n(control, __ATOMIC_ACQUIRE) == MUSL_ONCE_DONE;
}

static inline bool glibc_is_once_begun(const pthread_once_t *control)
{
    return glibc_knows(KIND_ONCE) && *control != PTHREAD_ONCE_INIT;
}

/* The first thread of a round has what is counted on its stack, and stays until all have come. */
static inline bool glibc_is_last_at(const pthread_barrier_t *b)
{
    const volatile int *round = __atomic_load_n((int *const volatile *)b + MUSL_BARRIER_ROUND, __ATOMIC_ACQUIRE);
    uint32_t more = musl_word(b, MUSL_BARRIER_LIMIT); /* threads than the first */
    return glibc_knows(KIND_BARRIER) && (round == NULL ? more == 0 : (uint32_t)*round + 1 == more);
}

static inline bool glibc_acquire_unit(sem_t *s)
{
    int error = errno;
    bool acquired = real.sem_trywait(s) == 0;
    errno = error;
    return acquired;
}

#endif
