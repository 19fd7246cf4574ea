/* Locks and memory that come and go, and threads. */
#ifndef LOCKWATCH_BENCH_CASES_CHURN_H
#define LOCKWATCH_BENCH_CASES_CHURN_H

#include "bench/cases/locks.h"

static void cases_churn(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    while (rounds--) {
        pthread_mutex_t *lock = c->malloc(sizeof *lock);
        c->pthread_mutex_init(lock, NULL);
        c->pthread_mutex_lock(lock);
        c->pthread_mutex_unlock(lock);
        c->pthread_mutex_destroy(lock);
        c->free(lock);
    }
}

/* Many alive at a time, so that each is at an address that another had. */
static void cases_burst(const struct calls *c, unsigned rounds, unsigned size)
{
    pthread_mutex_t *made[CASES_LOCKS];
    (void)size;
    while (rounds--) {
        for (int i = 0; i < CASES_LOCKS; i++) {
            made[i] = c->malloc(sizeof *made[i]);
            c->pthread_mutex_init(made[i], NULL);
        }
        for (int i = 0; i < CASES_LOCKS; i++) {
            c->pthread_mutex_lock(made[i]);
            c->pthread_mutex_unlock(made[i]);
            c->pthread_mutex_destroy(made[i]);
            c->free(made[i]);
        }
    }
}

/* Makes the blocks that cases_burst gets from malloc the neighbours of locks that have an id. */
static void cases_burst_beside(unsigned size)
{
    pthread_mutex_t *known[CASES_LOCKS], *gap[CASES_LOCKS];
    (void)size;
    for (int i = 0; i < CASES_LOCKS; i++) {
        known[i] = malloc(sizeof *known[i]);
        gap[i] = malloc(sizeof *gap[i]);
        pthread_mutex_init(known[i], NULL);
    }
    for (int i = 0; i < CASES_LOCKS - 1; i++) {
        pthread_mutex_lock(known[i]);
        pthread_mutex_lock(known[i + 1]);
        pthread_mutex_unlock(known[i + 1]);
        pthread_mutex_unlock(known[i]);
    }
    for (int i = 0; i < CASES_LOCKS; i++) {
        free(gap[i]);
    }
}

/* A block of `size` bytes. */
static void cases_memory(const struct calls *c, unsigned rounds, unsigned size)
{
    void *block = c->malloc(size);
    while (rounds--) {
        c->free(block);
        block = c->malloc(size);
    }
    c->free(block);
}

/* On a page that has locks with an id; they end with their memory. */
static void cases_memory_beside(const struct calls *c, unsigned rounds, unsigned size)
{
    struct pair {
        pthread_mutex_t outer, inner;
    } *pair = calloc(1, sizeof *pair);
    pthread_mutex_lock(&pair->outer);
    pthread_mutex_lock(&pair->inner);
    pthread_mutex_unlock(&pair->inner);
    pthread_mutex_unlock(&pair->outer);
    cases_memory(c, rounds, size);
    free(pair);
}

static void *cases_nothing(void *argument)
{
    return argument;
}

static void cases_create_join(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    while (rounds--) {
        pthread_t thread;
        if (c->pthread_create(&thread, NULL, cases_nothing, NULL) == 0) {
            c->pthread_join(thread, NULL);
        }
    }
}

#endif
