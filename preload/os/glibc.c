#include "preload/os/glibc.h"

#include "arch/arch.h"
#include "preload/os/cxx_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __GLIBC__

int glibc_spin_free = ARCH_GLIBC_SPIN_FREE, glibc_spin_held = ARCH_GLIBC_SPIN_HELD;

static enum glibc_condition_layout condition_layout;

/* --- whether locks change as expected --- */

bool glibc_check_mutex(void)
{
    pthread_mutex_t m = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    int tid = (int)syscall(SYS_gettid);
    bool good = m.__data.__kind == PTHREAD_MUTEX_RECURSIVE_NP;
    for (unsigned times = 1; times <= 2; times++)
        good = real.pthread_mutex_trylock(&m) == 0 && good && m.__data.__lock == 1 && m.__data.__owner == tid &&
               m.__data.__count == times;
    good = real.pthread_mutex_unlock(&m) == 0 && good && m.__data.__count == 1;
    return real.pthread_mutex_unlock(&m) == 0 && good && m.__data.__lock == 0 && m.__data.__owner == 0 &&
           m.__data.__nusers == 0;
}

bool glibc_check_rwlock(void)
{
    pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
    bool good = real.pthread_rwlock_rdlock(&l) == 0 && l.__data.__readers == 1 << 3 && l.__data.__cur_writer == 0;
    good = real.pthread_rwlock_unlock(&l) == 0 && good && l.__data.__readers >> 3 == 0;
    good = real.pthread_rwlock_wrlock(&l) == 0 && good && l.__data.__cur_writer == (int)syscall(SYS_gettid);
    return real.pthread_rwlock_unlock(&l) == 0 && good && l.__data.__cur_writer == 0;
}

bool glibc_check_semaphore(void)
{
    _Alignas(8) sem_t s;
    uint64_t before, after;
    bool good = real.sem_init(&s, 0, 3) == 0;
    memcpy(&before, &s, sizeof before);
    good = good && real.sem_trywait(&s) == 0;
    memcpy(&after, &s, sizeof after);
    return real.sem_destroy(&s) == 0 && good && before == 3 && after == 2;
}

bool glibc_check_barrier(void)
{
    pthread_barrier_t b;
    if (real.pthread_barrier_init(&b, NULL, 3) != 0)
        return false;
    struct glibc_barrier now = glibc_of_barrier(&b);
    return now.in == 0 && now.gone == 0 && now.count == 3;
}

/* A condition that is shared between processes differs from others by the lowest bit of the word that is looked for. */
bool glibc_check_condition(void)
{
    const struct glibc_condition until_2_40 = {.until_2_40 = {.waiters = 1}},
                                 since_2_41 = {.since_2_41 = {.waiters = 1}};
    pthread_condattr_t shared;
    pthread_cond_t c;
    struct glibc_condition now;
    pthread_condattr_init(&shared);
    pthread_condattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    _Static_assert(sizeof now == sizeof c, "all of it");
    if (real.pthread_cond_init(&c, &shared) == 0) {
        memcpy(&now, &c, sizeof now);
        condition_layout = memcmp(&now, &until_2_40, sizeof now) == 0   ? GLIBC_CONDITION_UNTIL_2_40
                           : memcmp(&now, &since_2_41, sizeof now) == 0 ? GLIBC_CONDITION_SINCE_2_41
                                                                        : GLIBC_CONDITION_UNKNOWN;
    }
    return condition_layout != GLIBC_CONDITION_UNKNOWN;
}

/* --- mutexes --- */

static uint32_t mutex_word(const pthread_mutex_t *m)
{
    if (!glibc_knows(KIND_MUTEX))
        return 0;
    return glibc_locked((uint32_t)__atomic_load_n(&m->__data.__lock, __ATOMIC_ACQUIRE), glibc_mutex_traits(m));
}

static uint32_t mutex_owner(const pthread_mutex_t *m)
{
    uint32_t word = mutex_word(m);
    if (word == 0 || (glibc_mutex_traits(m) & (TRAIT_ROBUST | TRAIT_INHERIT)) != 0)
        return word;
    return (uint32_t)__atomic_load_n(&m->__data.__owner, __ATOMIC_ACQUIRE) & GLIBC_TID;
}

uint32_t glibc_owner_field(uint64_t address)
{
    const pthread_mutex_t *m = (const pthread_mutex_t *)(uintptr_t)address;
    return glibc_knows(KIND_MUTEX) ? (uint32_t)__atomic_load_n(&m->__data.__owner, __ATOMIC_ACQUIRE) & GLIBC_TID : 0;
}

void glibc_unlock_not_recoverable(pthread_mutex_t *m, uint32_t tid)
{
    enum { NOT_RECOVERABLE = INT_MAX - 1, PROCESS_SHARED = 128 };
    int *word = &m->__data.__lock;
    if (!glibc_knows(KIND_MUTEX) || m->__data.__owner != NOT_RECOVERABLE || ((uint32_t)*word & GLIBC_TID) != tid)
        return;
    uint32_t was = (uint32_t)__atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST);
    if ((was & FUTEX_WAITERS) != 0)
        real.syscall(SYS_futex, word, (m->__data.__kind & PROCESS_SHARED) != 0 ? FUTEX_WAKE : FUTEX_WAKE_PRIVATE, 1);
}

/* --- reader-writer locks: the readers from bit 3 on; bit 0: it is the writers' turn, and then they are who waits --- */

bool glibc_count_readers(uint64_t address, uint32_t *readers)
{
    const pthread_rwlock_t *l = (const pthread_rwlock_t *)(uintptr_t)address;
    uint32_t word = __atomic_load_n(&l->__data.__readers, __ATOMIC_ACQUIRE);
    *readers = word >> 3;
    return glibc_knows(KIND_RWLOCK) && (word & 1) == 0;
}

static uint32_t rwlock_readers(const pthread_rwlock_t *l)
{
    uint32_t readers;
    return glibc_count_readers((uint64_t)(uintptr_t)l, &readers) ? readers : 0;
}

static uint32_t rwlock_writer(const pthread_rwlock_t *l)
{
    return glibc_knows(KIND_RWLOCK) ? (uint32_t)__atomic_load_n(&l->__data.__cur_writer, __ATOMIC_ACQUIRE) : 0;
}

/* --- spinlocks --- */

static bool is_spin_held(uint64_t address)
{
    return glibc_knows(KIND_SPINLOCK) &&
           __atomic_load_n((const int *)(uintptr_t)address, __ATOMIC_ACQUIRE) != glibc_spin_free;
}

/* --- all of them --- */

bool glibc_is_held(uint16_t kind, uint64_t address)
{
    const pthread_rwlock_t *l = (const pthread_rwlock_t *)(uintptr_t)address;
    switch (kind) {
    case KIND_MUTEX:
        return mutex_word((const pthread_mutex_t *)(uintptr_t)address) != 0;
    case KIND_RWLOCK:
        return rwlock_writer(l) != 0 || rwlock_readers(l) != 0;
    case KIND_SPINLOCK:
        return is_spin_held(address);
    default:
        return false;
    }
}

uint32_t glibc_owner(uint16_t kind, uint64_t address)
{
    if (kind == KIND_MUTEX)
        return mutex_owner((const pthread_mutex_t *)(uintptr_t)address);
    return kind == KIND_RWLOCK ? rwlock_writer((const pthread_rwlock_t *)(uintptr_t)address) : 0;
}

static uint64_t semaphore_word(uint64_t address)
{
    return glibc_knows(KIND_SEMAPHORE) ? __atomic_load_n((const uint64_t *)(uintptr_t)address, __ATOMIC_ACQUIRE) : 0;
}

bool glibc_count_units(uint64_t address, uint32_t *units, uint32_t *waiters)
{
    uint64_t word = semaphore_word(address);
    *units = (uint32_t)word;
    *waiters = (uint32_t)(word >> 32);
    return glibc_knows(KIND_SEMAPHORE);
}

bool glibc_has_unit(uint64_t address)
{
    return (uint32_t)semaphore_word(address) != 0;
}

/* nptl/sem_init.c and sem_open.c: the word behind the value is LLL_SHARED, FUTEX_PRIVATE_FLAG, for a shared one. */
static bool is_shared_semaphore(uint64_t address)
{
    enum { SHARED = 128 };
    return glibc_knows(KIND_SEMAPHORE) && ((const int *)(uintptr_t)address)[2] == SHARED;
}

bool glibc_is_declared_shared(uint16_t kind, uint64_t address)
{
    switch (kind) {
    case KIND_MUTEX:
        return (glibc_mutex_traits((const pthread_mutex_t *)(uintptr_t)address) & TRAIT_SHARED) != 0;
    case KIND_RWLOCK:
        return (glibc_rwlock_traits((const pthread_rwlock_t *)(uintptr_t)address) & TRAIT_SHARED) != 0;
    case KIND_SEMAPHORE:
        return is_shared_semaphore(address);
    default:
        return false;
    }
}

bool glibc_is_held_by(uint16_t kind, uint64_t address, bool shared, uint32_t tid)
{
    if (kind != KIND_GUARD && !glibc_knows(kind))
        return true;
    switch (kind) {
    case KIND_MUTEX:
        return glibc_owner(kind, address) == tid || glibc_is_elided((const pthread_mutex_t *)(uintptr_t)address);
    case KIND_RWLOCK:
        return shared ? rwlock_readers((const pthread_rwlock_t *)(uintptr_t)address) != 0
                      : glibc_owner(kind, address) == tid;
    case KIND_SPINLOCK:
        return is_spin_held(address);
    case KIND_GUARD:
        return cxx_guard_is_begun((const void *)(uintptr_t)address);
    default:
        return true;
    }
}

/* Whole, as it is now; false: it cannot be said. */
static bool read_condition(uint64_t address, struct glibc_condition *c)
{
    if (!glibc_knows(KIND_CONDITION))
        return false;
    const volatile uint32_t *word = (const volatile uint32_t *)(uintptr_t)address;
    uint32_t copy[sizeof *c / sizeof *word];
    for (unsigned i = 0; i < sizeof copy / sizeof *copy; i++)
        copy[i] = word[i];
    memcpy(c, copy, sizeof *c);
    return true;
}

bool glibc_is_signalled(uint64_t address)
{
    struct glibc_condition c;
    return read_condition(address, &c) && glibc_condition_signalled(&c, condition_layout);
}

uint32_t glibc_waiters_word(uint64_t condition)
{
    struct glibc_condition c;
    return read_condition(condition, &c) ? glibc_condition_word(&c, condition_layout) : 0;
}

uint32_t glibc_count_waiters(uint64_t condition)
{
    return glibc_waiters_word(condition) >> 3;
}

/* A semaphore's waiters, in the upper half of its word, take their unit and leave in one step. */
bool glibc_is_waited(uint16_t kind, uint64_t address)
{
    struct glibc_barrier b;
    uint64_t word;
    switch (kind) {
    case KIND_SEMAPHORE:
        word = semaphore_word(address);
        return word >> 32 > (uint32_t)word;
    case KIND_CONDITION:
        return glibc_count_waiters(address) != 0 && !glibc_is_signalled(address);
    case KIND_BARRIER:
        b = glibc_of_barrier((const pthread_barrier_t *)(uintptr_t)address);
        return glibc_knows(kind) && b.in != b.gone;
    default:
        return false;
    }
}

bool glibc_waits_at(uint16_t kind, uint64_t address, uint64_t futex)
{
    (void)kind, (void)address, (void)futex;
    return false;
}

bool glibc_is_plausible(uint16_t kind, uint64_t address)
{
    enum { MANY = 1 << 20 };
    const pthread_mutex_t *m = (const pthread_mutex_t *)(uintptr_t)address;
    const pthread_rwlock_t *l = (const pthread_rwlock_t *)(uintptr_t)address;
    uint32_t owner;
    int word;
    switch (kind) {
    case KIND_MUTEX:
        owner = (uint32_t)m->__data.__owner;
        return owner != 0 && owner < GLIBC_TIDS && (m->__data.__kind & ~0x3ff) == 0 && mutex_word(m) != 0;
    case KIND_RWLOCK:
        return glibc_is_held(kind, address) && rwlock_writer(l) < GLIBC_TIDS && rwlock_readers(l) < MANY &&
               (l->__data.__shared & ~1) == 0 && l->__data.__flags <= PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
    case KIND_SPINLOCK:
        word = *(const volatile int *)(uintptr_t)address;
        return glibc_knows(kind) && glibc_is_spin_word_held(word) && word > -MANY;
    case KIND_SEMAPHORE:
        return glibc_is_waited(kind, address) && semaphore_word(address) >> 32 < MANY;
    case KIND_CONDITION:
    case KIND_BARRIER:
        return glibc_is_waited(kind, address);
    default:
        return false;
    }
}

#endif
