#include "preload/os/glibc.h"

#ifndef __GLIBC__

#include "preload/os/cxx_guard.h"
#include "preload/os/log.h"

#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int glibc_spin_free, glibc_spin_held;

/* --- whether locks change as expected --- */

bool glibc_check_mutex(void)
{
    enum { BUSY = EBUSY };
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutexattr_t recursive;
    uint32_t tid = (uint32_t)syscall(SYS_gettid);
    bool good = real.pthread_mutex_trylock(&m) == 0 && musl_word(&m, MUSL_MUTEX_LOCK) == BUSY &&
                musl_word(&m, MUSL_MUTEX_TYPE) == 0;
    good = real.pthread_mutex_unlock(&m) == 0 && good && musl_word(&m, MUSL_MUTEX_LOCK) == 0;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    good = real.pthread_mutex_init(&m, &recursive) == 0 && good && musl_word(&m, MUSL_MUTEX_TYPE) == MUSL_RECURSIVE;
    for (uint32_t times = 0; times < 2; times++)
        good = real.pthread_mutex_trylock(&m) == 0 && good && musl_word(&m, MUSL_MUTEX_LOCK) == tid &&
               musl_word(&m, MUSL_MUTEX_COUNT) == times;
    real.pthread_mutex_unlock(&m);
    real.pthread_mutex_unlock(&m);
    return good && musl_word(&m, MUSL_MUTEX_LOCK) == 0;
}

bool glibc_check_rwlock(void)
{
    pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
    bool good = real.pthread_rwlock_tryrdlock(&l) == 0 && musl_word(&l, MUSL_RWLOCK_LOCK) == 1;
    good = real.pthread_rwlock_unlock(&l) == 0 && good && musl_word(&l, MUSL_RWLOCK_LOCK) == 0;
    good = real.pthread_rwlock_trywrlock(&l) == 0 && good && musl_word(&l, MUSL_RWLOCK_LOCK) == MUSL_RWLOCK;
    return real.pthread_rwlock_unlock(&l) == 0 && good && musl_word(&l, MUSL_RWLOCK_LOCK) == 0;
}

bool glibc_check_semaphore(void)
{
    sem_t s;
    bool good = real.sem_init(&s, 0, 3) == 0 && musl_word(&s, 0) == 3;
    good = real.sem_trywait(&s) == 0 && good && musl_word(&s, 0) == 2 && musl_word(&s, 1) == 0;
    return real.sem_destroy(&s) == 0 && good;
}

bool glibc_check_barrier(void)
{
    pthread_barrier_t b;
    return real.pthread_barrier_init(&b, NULL, 3) == 0 && musl_word(&b, MUSL_BARRIER_LIMIT) == 2;
}

bool glibc_check_condition(void)
{
    pthread_cond_t c = PTHREAD_COND_INITIALIZER;
    const pthread_cond_t before = c;
    return real.pthread_cond_signal(&c) == 0 && memcmp(&c, &before, sizeof c) == 0;
}

/* --- what they say --- */

static const void *at(uint64_t address)
{
    return (const void *)(uintptr_t)address;
}

static uint32_t rwlock_word(uint64_t address)
{
    return glibc_knows(KIND_RWLOCK) ? musl_word(at(address), MUSL_RWLOCK_LOCK) & MUSL_RWLOCK : 0;
}

static bool is_spin_held(uint64_t address)
{
    return glibc_knows(KIND_SPINLOCK) && (int)musl_word(at(address), 0) != glibc_spin_free;
}

bool glibc_is_held(uint16_t kind, uint64_t address)
{
    switch (kind) {
    case KIND_MUTEX:
        return musl_mutex_word(at(address)) != 0;
    case KIND_RWLOCK:
        return rwlock_word(address) != 0;
    case KIND_SPINLOCK:
        return is_spin_held(address);
    default:
        return false;
    }
}

uint32_t glibc_owner_field(uint64_t address)
{
    return glibc_bears_owner(at(address)) ? musl_mutex_word(at(address)) : 0;
}

uint32_t glibc_owner(uint16_t kind, uint64_t address)
{
    return kind == KIND_MUTEX ? glibc_owner_field(address) : 0;
}

bool glibc_is_held_by(uint16_t kind, uint64_t address, bool shared, uint32_t tid)
{
    switch (kind) {
    case KIND_MUTEX:
        return !glibc_knows(kind) ||
               (glibc_bears_owner(at(address)) ? glibc_owner_field(address) == tid : musl_mutex_word(at(address)) != 0);
    case KIND_RWLOCK:
        return !glibc_knows(kind) || (rwlock_word(address) != 0 && shared == (rwlock_word(address) != MUSL_RWLOCK));
    case KIND_SPINLOCK:
        return !glibc_knows(kind) || is_spin_held(address);
    case KIND_GUARD:
        return cxx_guard_is_begun(at(address));
    default:
        return true;
    }
}

bool glibc_count_units(uint64_t address, uint32_t *units, uint32_t *waiters)
{
    enum { HAS_WAITERS = 1u << 31 };
    uint32_t value = musl_word(at(address), 0);
    *units = value == UINT32_MAX ? 0 : value & ~(uint32_t)HAS_WAITERS; /* until 1.2.3 -1 stood for none, and waiters */
    *waiters = musl_word(at(address), 1);
    return glibc_knows(KIND_SEMAPHORE);
}

bool glibc_has_unit(uint64_t address)
{
    uint32_t units, waiters;
    return glibc_count_units(address, &units, &waiters) && units != 0;
}

bool glibc_count_readers(uint64_t address, uint32_t *readers)
{
    uint32_t word = rwlock_word(address);
    *readers = word == MUSL_RWLOCK ? 0 : word;
    return glibc_knows(KIND_RWLOCK);
}

bool glibc_is_declared_shared(uint16_t kind, uint64_t address)
{
    enum { PRIVATE_AT = 2 };
    switch (kind) {
    case KIND_MUTEX:
        return (glibc_mutex_traits(at(address)) & TRAIT_SHARED) != 0;
    case KIND_RWLOCK:
        return (glibc_rwlock_traits(at(address)) & TRAIT_SHARED) != 0;
    case KIND_SEMAPHORE:
        return glibc_knows(kind) && musl_word(at(address), PRIVATE_AT) == 0;
    default:
        return false;
    }
}

void glibc_unlock_not_recoverable(pthread_mutex_t *m, uint32_t tid)
{
    (void)m, (void)tid;
}

/*
 * Its waiters are a list through their stacks, from the newest on, which signalled ones have left. They may run
 * meanwhile: the kernel copies what is there, or refuses. `at_node`: whether it is one of them; NULL: their number.
 */
static uint32_t walk_waiters(uint64_t condition, const uint64_t *at_node)
{
    enum { NEXT = 1, MOST = 4096 };
    uint64_t node;
    uint32_t count = 0;
    int error = errno;
    memcpy(&node, (const char *)at(condition) + MUSL_CONDITION_HEAD * sizeof node, sizeof node);
    while (glibc_knows(KIND_CONDITION) && node != 0 && count < MOST) {
        uint64_t next = 0;
        struct iovec here = {&next, sizeof next}, there = {(char *)(uintptr_t)node + NEXT * sizeof next, sizeof next};
        if (at_node != NULL && node == *at_node)
            return 1;
        count++;
        if (syscall(SYS_process_vm_readv, getpid(), &here, 1, &there, 1, 0) != (long)sizeof next)
            break;
        node = next;
    }
    errno = error;
    return at_node != NULL ? 0 : count;
}

/* One that processes share has no list, but counts: also those who were signalled and have not left yet. */
uint32_t glibc_count_waiters(uint64_t condition)
{
    if (glibc_condition_traits(at(condition)) != 0)
        return musl_word(at(condition), MUSL_CONDITION_SHARED_WAITERS) & ~(1u << 31);
    return walk_waiters(condition, NULL);
}

/* At a word of their node; at a barrier, at words of the round, on the stack of the first one. */
bool glibc_waits_at(uint16_t kind, uint64_t address, uint64_t futex)
{
    enum { WORD = 20, ROUND_SIZE = 16 };
    uint64_t node = futex - WORD, round;
    if (kind == KIND_CONDITION)
        return glibc_condition_traits(at(address)) == 0 && walk_waiters(address, &node) != 0;
    memcpy(&round, (const char *)at(address) + MUSL_BARRIER_ROUND * sizeof round, sizeof round);
    return kind == KIND_BARRIER && glibc_knows(kind) && round != 0 && futex - round < ROUND_SIZE;
}

/* Signalled threads are not counted any more, so that a thread that waits is not known to be one of them. */
bool glibc_is_signalled(uint64_t address)
{
    return glibc_knows(KIND_CONDITION) && glibc_count_waiters(address) == 0;
}

bool glibc_is_waited(uint16_t kind, uint64_t address)
{
    uint32_t units, waiters;
    const void *round;
    switch (kind) {
    case KIND_SEMAPHORE:
        return glibc_count_units(address, &units, &waiters) && waiters > units;
    case KIND_CONDITION:
        return glibc_count_waiters(address) != 0;
    case KIND_BARRIER:
        memcpy(&round, (const char *)at(address) + MUSL_BARRIER_ROUND * sizeof round, sizeof round);
        return glibc_knows(kind) && round != NULL;
    default:
        return false;
    }
}

/* Memory that was never a lock may hold anything: the record has to say so, too. */
bool glibc_is_plausible(uint16_t kind, uint64_t address)
{
    enum { MANY = 1 << 20, TIDS = 1 << 22, TYPES = 0x8f };
    uint32_t word;
    switch (kind) {
    case KIND_MUTEX:
        word = musl_mutex_word(at(address));
        return word != 0 && word < TIDS && (musl_mutex_type(at(address)) & ~(uint32_t)TYPES) == 0;
    case KIND_RWLOCK:
        word = rwlock_word(address);
        return word == MUSL_RWLOCK || (word != 0 && word < MANY);
    case KIND_SPINLOCK:
        return glibc_knows(kind) && (int)musl_word(at(address), 0) == glibc_spin_held;
    default:
        return glibc_is_waited(kind, address);
    }
}

#endif
