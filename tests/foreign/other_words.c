/*
 * Locks of one kind, -DOTHER_MUTEX and so on, as a C library might have them whose words we do not know: they sleep and
 * wake like libc's, but keep what they know elsewhere. Stands behind lockwatch's library, before libc.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OUR_WORD = 6, WAITED = 2, SLEEP = 128, WAKE = 129 }; /* futex(2); musl has no header for it */

__attribute__((unused)) static int *word_of(void *lock)
{
    return (int *)lock + OUR_WORD;
}

__attribute__((unused)) static void sleep_at(int *word, int seen)
{
    int error = errno;
    syscall(SYS_futex, word, SLEEP, seen, NULL, NULL, 0);
    errno = error;
}

__attribute__((unused)) static void wake(int *word, int count)
{
    syscall(SYS_futex, word, WAKE, count, NULL, NULL, 0);
}

__attribute__((unused)) static int try_acquire(int *word)
{
    int free = 0;
    return __atomic_compare_exchange_n(word, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED) ? 0 : EBUSY;
}

__attribute__((unused)) static int acquire(int *word)
{
    if (try_acquire(word) != 0)
        while (__atomic_exchange_n(word, WAITED, __ATOMIC_ACQUIRE) != 0)
            sleep_at(word, WAITED);
    return 0;
}

__attribute__((unused)) static int release(int *word)
{
    if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == WAITED)
        wake(word, 1);
    return 0;
}

#define LOCKED_BY(prefix, lock_name, try_name, type)                                                                   \
    int prefix##lock_name(type *l)                                                                                     \
    {                                                                                                                  \
        return acquire(word_of((void *)l));                                                                            \
    }                                                                                                                  \
    int prefix##try_name(type *l)                                                                                      \
    {                                                                                                                  \
        return try_acquire(word_of((void *)l));                                                                        \
    }

#ifdef OTHER_MUTEX
int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
    (void)attributes;
    memset(m, 0, sizeof *m);
    return 0;
}
LOCKED_BY(pthread_mutex_, lock, trylock, pthread_mutex_t)
int pthread_mutex_unlock(pthread_mutex_t *m)
{
    return release(word_of(m));
}
#endif

#ifdef OTHER_RWLOCK
LOCKED_BY(pthread_rwlock_, wrlock, trywrlock, pthread_rwlock_t)
LOCKED_BY(pthread_rwlock_, rdlock, tryrdlock, pthread_rwlock_t)
int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
    return release(word_of(l));
}
#endif

/* A ticket lock: free again, it has another value than before. */
#ifdef OTHER_SPINLOCK
int pthread_spin_init(pthread_spinlock_t *l, int shared)
{
    (void)shared;
    *l = 0;
    return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *l)
{
    int seen = __atomic_load_n(l, __ATOMIC_RELAXED);
    return (seen & 1) == 0 && __atomic_compare_exchange_n(l, &seen, seen + 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
               ? 0
               : EBUSY;
}

int pthread_spin_lock(pthread_spinlock_t *l)
{
    while (pthread_spin_trylock(l) != 0)
        sched_yield();
    return 0;
}

int pthread_spin_unlock(pthread_spinlock_t *l)
{
    __atomic_fetch_add(l, 1, __ATOMIC_RELEASE);
    return 0;
}
#endif

#ifdef OTHER_SEMAPHORE
int sem_init(sem_t *s, int shared, unsigned value)
{
    (void)shared;
    memset(s, 0, sizeof *s);
    *word_of(s) = (int)value;
    return 0;
}

int sem_trywait(sem_t *s)
{
    int seen = __atomic_load_n(word_of(s), __ATOMIC_RELAXED);
    while (seen > 0)
        if (__atomic_compare_exchange_n(word_of(s), &seen, seen - 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return 0;
    errno = EAGAIN;
    return -1;
}

int sem_wait(sem_t *s)
{
    int error = errno;
    while (sem_trywait(s) != 0)
        sleep_at(word_of(s), 0);
    errno = error;
    return 0;
}

int sem_post(sem_t *s)
{
    __atomic_fetch_add(word_of(s), 1, __ATOMIC_RELEASE);
    wake(word_of(s), 1);
    return 0;
}
#endif

/* How many are still to come, a round's number, and how many a round takes. */
#ifdef OTHER_BARRIER
int pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *attributes, unsigned count)
{
    int *word = (int *)(void *)b;
    (void)attributes;
    memset(b, 0, sizeof *b);
    word[0] = word[3] = (int)count;
    return 0;
}

int pthread_barrier_wait(pthread_barrier_t *b)
{
    int *word = (int *)(void *)b;
    int round = __atomic_load_n(&word[2], __ATOMIC_ACQUIRE);
    if (__atomic_sub_fetch(&word[0], 1, __ATOMIC_ACQ_REL) == 0) {
        word[0] = word[3];
        __atomic_fetch_add(&word[2], 1, __ATOMIC_RELEASE);
        wake(&word[2], word[3]);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    while (__atomic_load_n(&word[2], __ATOMIC_ACQUIRE) == round)
        sleep_at(&word[2], round);
    return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *b)
{
    (void)b;
    return 0;
}
#endif

#ifdef OTHER_CONDITION
int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *attributes)
{
    (void)attributes;
    memset(c, 0xff, sizeof *c);
    *word_of(c) = 0;
    return 0;
}

int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
    int seen = __atomic_load_n(word_of(c), __ATOMIC_ACQUIRE);
    pthread_mutex_unlock(m);
    while (__atomic_load_n(word_of(c), __ATOMIC_ACQUIRE) == seen)
        sleep_at(word_of(c), seen);
    return pthread_mutex_lock(m);
}

int pthread_cond_broadcast(pthread_cond_t *c)
{
    __atomic_fetch_add(word_of(c), 1, __ATOMIC_RELEASE);
    wake(word_of(c), 1 << 20);
    return 0;
}

int pthread_cond_signal(pthread_cond_t *c)
{
    return pthread_cond_broadcast(c);
}

int pthread_cond_destroy(pthread_cond_t *c)
{
    (void)c;
    return 0;
}
#endif

#ifdef OTHER_ONCE
int pthread_once(pthread_once_t *control, void (*routine)(void))
{
    enum { RUNNING = 16, DONE = 32 };
    int fresh = PTHREAD_ONCE_INIT;
    if (__atomic_compare_exchange_n(control, &fresh, RUNNING, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        routine();
        __atomic_store_n(control, DONE, __ATOMIC_RELEASE);
        wake((int *)control, 1 << 20);
    }
    while (__atomic_load_n(control, __ATOMIC_ACQUIRE) == RUNNING)
        sleep_at((int *)control, RUNNING);
    return 0;
}
#endif
