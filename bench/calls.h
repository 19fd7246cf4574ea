/*
 * The two sides of a measurement: libc's own calls, and the ones that this program was linked with.
 *
 * Both are called alike, through a struct of pointers that the compiler cannot see through, so that the ratio
 * of the two is the price of the preloaded library and of nothing else. Without a preloaded library both
 * sides are the same.
 */
#ifndef LOCKWATCH_BENCH_CALLS_H
#define LOCKWATCH_BENCH_CALLS_H

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS(X)                                                                                                       \
    X(pthread_mutex_init)                                                                                              \
    X(pthread_mutex_destroy)                                                                                           \
    X(pthread_mutex_lock)                                                                                              \
    X(pthread_mutex_trylock)                                                                                           \
    X(pthread_mutex_unlock)                                                                                            \
    X(pthread_rwlock_rdlock)                                                                                           \
    X(pthread_rwlock_wrlock)                                                                                           \
    X(pthread_rwlock_unlock)                                                                                           \
    X(pthread_spin_lock)                                                                                               \
    X(pthread_spin_unlock)                                                                                             \
    X(pthread_cond_wait)                                                                                               \
    X(pthread_cond_signal)                                                                                             \
    X(pthread_barrier_wait)                                                                                            \
    X(pthread_create)                                                                                                  \
    X(pthread_join)                                                                                                    \
    X(sem_wait)                                                                                                        \
    X(sem_post)                                                                                                        \
    X(malloc)                                                                                                          \
    X(free)

struct calls {
#define CALLS_MEMBER(name) __typeof__(name) *name;
    CALLS(CALLS_MEMBER)
#undef CALLS_MEMBER
};

static struct calls calls_linked = {
#define CALLS_ADDRESS(name) .name = name,
    CALLS(CALLS_ADDRESS)
#undef CALLS_ADDRESS
};

static inline void calls_find_plain(struct calls *plain)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    if (!libc) {
        fputs("bench: libc.so.6 is not there to compare with\n", stderr);
        exit(3);
    }
    void *threads = dlopen("libpthread.so.0", RTLD_NOW | RTLD_NOLOAD); /* where they are until glibc 2.33 */
#define CALLS_FIND(name)                                                                                               \
    plain->name = (__typeof__(name) *)dlsym(threads != NULL ? threads : libc, #name);                                  \
    if (plain->name == NULL)                                                                                           \
        plain->name = (__typeof__(name) *)dlsym(libc, #name);
    CALLS(CALLS_FIND)
#undef CALLS_FIND
}

static inline bool calls_watched(const struct calls *plain)
{
    return plain->pthread_mutex_lock != calls_linked.pthread_mutex_lock;
}

#endif
