/* The locks that the rows of one thread share. Who acquires several of the array acquires them by rising index. */
#ifndef LOCKWATCH_BENCH_CASES_LOCKS_H
#define LOCKWATCH_BENCH_CASES_LOCKS_H

#include "bench/measure.h"

enum { CASES_LOCKS = 64 };

static struct {
    pthread_mutex_t lock[CASES_LOCKS], recursive;
    pthread_rwlock_t rwlock;
    pthread_spinlock_t spin;
    sem_t sem;
} cases_have;

static inline void cases_prepare(void)
{
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&cases_have.recursive, &recursive);
    for (int i = 0; i < CASES_LOCKS; i++) {
        pthread_mutex_init(&cases_have.lock[i], NULL);
    }
    pthread_rwlock_init(&cases_have.rwlock, NULL);
    pthread_spin_init(&cases_have.spin, PTHREAD_PROCESS_PRIVATE);
    sem_init(&cases_have.sem, 0, 1);
}

#endif
