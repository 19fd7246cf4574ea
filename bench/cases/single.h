/* One lock at a time, one row for each kind of lock. */
#ifndef LOCKWATCH_BENCH_CASES_SINGLE_H
#define LOCKWATCH_BENCH_CASES_SINGLE_H

#include "bench/cases/locks.h"

static void cases_single(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    pthread_mutex_t *a = &cases_have.lock[0];
    while (rounds--) {
        c->pthread_mutex_lock(a);
        c->pthread_mutex_unlock(a);
    }
}

static void cases_tried(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    pthread_mutex_t *a = &cases_have.lock[0];
    while (rounds--) {
        c->pthread_mutex_trylock(a);
        c->pthread_mutex_unlock(a);
    }
}

static void cases_recursive(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    pthread_mutex_t *a = &cases_have.recursive;
    while (rounds--) {
        c->pthread_mutex_lock(a);
        c->pthread_mutex_lock(a);
        c->pthread_mutex_unlock(a);
        c->pthread_mutex_unlock(a);
    }
}

static void cases_semaphore(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    while (rounds--) {
        c->sem_wait(&cases_have.sem);
        c->sem_post(&cases_have.sem);
    }
}

static void cases_rwlock_read(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    while (rounds--) {
        c->pthread_rwlock_rdlock(&cases_have.rwlock);
        c->pthread_rwlock_unlock(&cases_have.rwlock);
    }
}

static void cases_rwlock_write(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    while (rounds--) {
        c->pthread_rwlock_wrlock(&cases_have.rwlock);
        c->pthread_rwlock_unlock(&cases_have.rwlock);
    }
}

static void cases_spin(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    while (rounds--) {
        c->pthread_spin_lock(&cases_have.spin);
        c->pthread_spin_unlock(&cases_have.spin);
    }
}

#endif
