/* Several locks at a time: nested, released in another order than the last one first, handed on. */
#ifndef LOCKWATCH_BENCH_CASES_NESTED_H
#define LOCKWATCH_BENCH_CASES_NESTED_H

#include "bench/cases/locks.h"

static void cases_nested_2(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        c->pthread_mutex_lock(&lock[0]);
        c->pthread_mutex_lock(&lock[1]);
        c->pthread_mutex_unlock(&lock[1]);
        c->pthread_mutex_unlock(&lock[0]);
    }
}

static void cases_nested(const struct calls *c, unsigned rounds, unsigned size)
{
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        for (unsigned i = 0; i < size; i++) {
            c->pthread_mutex_lock(&lock[i]);
        }
        for (unsigned i = size; i-- > 0;) {
            c->pthread_mutex_unlock(&lock[i]);
        }
    }
}

static void cases_ordered_64(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        for (int i = 0; i < CASES_LOCKS - 1; i++) {
            c->pthread_mutex_lock(&lock[i]);
            c->pthread_mutex_lock(&lock[i + 1]);
            c->pthread_mutex_unlock(&lock[i + 1]);
            c->pthread_mutex_unlock(&lock[i]);
        }
    }
}

static void cases_fifo_2(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        c->pthread_mutex_lock(&lock[0]);
        c->pthread_mutex_lock(&lock[1]);
        c->pthread_mutex_unlock(&lock[0]);
        c->pthread_mutex_unlock(&lock[1]);
    }
}

static void cases_fifo(const struct calls *c, unsigned rounds, unsigned size)
{
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        for (unsigned i = 0; i < size; i++) {
            c->pthread_mutex_lock(&lock[i]);
        }
        for (unsigned i = 0; i < size; i++) {
            c->pthread_mutex_unlock(&lock[i]);
        }
    }
}

/* As a list is walked: the next one is taken before the last one is released. */
static void cases_hand_over_hand(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        c->pthread_mutex_lock(&lock[0]);
        for (int i = 1; i < CASES_LOCKS; i++) {
            c->pthread_mutex_lock(&lock[i]);
            c->pthread_mutex_unlock(&lock[i - 1]);
        }
        c->pthread_mutex_unlock(&lock[CASES_LOCKS - 1]);
    }
}

#endif
