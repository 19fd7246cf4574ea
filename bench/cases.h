/*
 * What one thread does with locks that nobody else wants. A batch does its rounds and leaves everything as it
 * was, so that either side may go next on the same locks. Orders are those of a clean program: no cycle,
 * nothing to report.
 */
#ifndef LOCKWATCH_BENCH_CASES_H
#define LOCKWATCH_BENCH_CASES_H

#include "bench/measure.h"

enum { CASES_LOCKS = 64 };

static struct {
    pthread_mutex_t lock[CASES_LOCKS], recursive;
    pthread_rwlock_t rwlock;
    pthread_spinlock_t spin;
    sem_t sem;
    void *memory[CASES_LOCKS];
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

static void cases_single(const struct calls *c, unsigned rounds)
{
    pthread_mutex_t *a = &cases_have.lock[0];
    while (rounds--) {
        c->pthread_mutex_lock(a);
        c->pthread_mutex_unlock(a);
    }
}

static void cases_tried(const struct calls *c, unsigned rounds)
{
    pthread_mutex_t *a = &cases_have.lock[0];
    while (rounds--) {
        c->pthread_mutex_trylock(a);
        c->pthread_mutex_unlock(a);
    }
}

static void cases_recursive(const struct calls *c, unsigned rounds)
{
    pthread_mutex_t *a = &cases_have.recursive;
    while (rounds--) {
        c->pthread_mutex_lock(a);
        c->pthread_mutex_lock(a);
        c->pthread_mutex_unlock(a);
        c->pthread_mutex_unlock(a);
    }
}

static void cases_nested_2(const struct calls *c, unsigned rounds)
{
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        c->pthread_mutex_lock(&lock[0]);
        c->pthread_mutex_lock(&lock[1]);
        c->pthread_mutex_unlock(&lock[1]);
        c->pthread_mutex_unlock(&lock[0]);
    }
}

static void cases_nested_4(const struct calls *c, unsigned rounds)
{
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        for (int i = 0; i < 4; i++) {
            c->pthread_mutex_lock(&lock[i]);
        }
        for (int i = 3; i >= 0; i--) {
            c->pthread_mutex_unlock(&lock[i]);
        }
    }
}

static void cases_ordered_64(const struct calls *c, unsigned rounds)
{
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

static void cases_fifo_2(const struct calls *c, unsigned rounds)
{
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        c->pthread_mutex_lock(&lock[0]);
        c->pthread_mutex_lock(&lock[1]);
        c->pthread_mutex_unlock(&lock[0]);
        c->pthread_mutex_unlock(&lock[1]);
    }
}

static void cases_fifo_4(const struct calls *c, unsigned rounds)
{
    pthread_mutex_t *lock = cases_have.lock;
    while (rounds--) {
        for (int i = 0; i < 4; i++) {
            c->pthread_mutex_lock(&lock[i]);
        }
        for (int i = 0; i < 4; i++) {
            c->pthread_mutex_unlock(&lock[i]);
        }
    }
}

/* As a list is walked: the next one is taken before the last one is released. */
static void cases_hand_over_hand(const struct calls *c, unsigned rounds)
{
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

static void cases_semaphore(const struct calls *c, unsigned rounds)
{
    while (rounds--) {
        c->sem_wait(&cases_have.sem);
        c->sem_post(&cases_have.sem);
    }
}

static void cases_rwlock_read(const struct calls *c, unsigned rounds)
{
    while (rounds--) {
        c->pthread_rwlock_rdlock(&cases_have.rwlock);
        c->pthread_rwlock_unlock(&cases_have.rwlock);
    }
}

static void cases_rwlock_write(const struct calls *c, unsigned rounds)
{
    while (rounds--) {
        c->pthread_rwlock_wrlock(&cases_have.rwlock);
        c->pthread_rwlock_unlock(&cases_have.rwlock);
    }
}

static void cases_spin(const struct calls *c, unsigned rounds)
{
    while (rounds--) {
        c->pthread_spin_lock(&cases_have.spin);
        c->pthread_spin_unlock(&cases_have.spin);
    }
}

static void cases_churn(const struct calls *c, unsigned rounds)
{
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
static void cases_churn_64(const struct calls *c, unsigned rounds)
{
    while (rounds--) {
        for (int i = 0; i < CASES_LOCKS; i++) {
            cases_have.memory[i] = c->malloc(sizeof(pthread_mutex_t));
            c->pthread_mutex_init(cases_have.memory[i], NULL);
        }
        for (int i = 0; i < CASES_LOCKS; i++) {
            c->pthread_mutex_lock(cases_have.memory[i]);
            c->pthread_mutex_unlock(cases_have.memory[i]);
            c->pthread_mutex_destroy(cases_have.memory[i]);
            c->free(cases_have.memory[i]);
        }
    }
}

static void cases_memory_of(const struct calls *c, unsigned rounds, size_t size)
{
    void *block = c->malloc(size);
    while (rounds--) {
        c->free(block);
        block = c->malloc(size);
    }
    c->free(block);
}

static void cases_memory(const struct calls *c, unsigned rounds)
{
    cases_memory_of(c, rounds, 48);
}

static void cases_much_memory(const struct calls *c, unsigned rounds)
{
    cases_memory_of(c, rounds, 100 * 1024);
}

/* On a page that has locks with an id; they end with their memory. */
static void cases_memory_beside(const struct calls *c, unsigned rounds)
{
    struct pair {
        pthread_mutex_t outer, inner;
    } *pair = calloc(1, sizeof *pair);
    pthread_mutex_lock(&pair->outer);
    pthread_mutex_lock(&pair->inner);
    pthread_mutex_unlock(&pair->inner);
    pthread_mutex_unlock(&pair->outer);
    cases_memory_of(c, rounds, 48);
    free(pair);
}

static void *cases_nothing(void *argument)
{
    return argument;
}

static void cases_create_join(const struct calls *c, unsigned rounds)
{
    while (rounds--) {
        pthread_t thread;
        if (c->pthread_create(&thread, NULL, cases_nothing, NULL) == 0) {
            c->pthread_join(thread, NULL);
        }
    }
}

/* The first is also measured before there is a second thread; the last is of no use to those who count. */
static const struct bench_case cases[] = {
    {"1 lock", cases_single, 1, 1.6, 100},
    {"1 lock, tried", cases_tried, 1, 0, 100},
    {"1 recursive lock, taken twice", cases_recursive, 2, 0, 100},
    {"2 nested", cases_nested_2, 2, 1.8, 100},
    {"4 nested", cases_nested_4, 4, 1.8, 100},
    {"64 in ordered pairs", cases_ordered_64, 2 * (CASES_LOCKS - 1), 2.2, 100},
    {"2 released first in, first out", cases_fifo_2, 2, 0, 100},
    {"4 released first in, first out", cases_fifo_4, 4, 0, 100},
    {"64 hand over hand", cases_hand_over_hand, CASES_LOCKS, 0, 100},
    {"semaphore wait+post", cases_semaphore, 1, 1.6, 100},
    {"rwlock, reading", cases_rwlock_read, 1, 1.6, 100},
    {"rwlock, writing", cases_rwlock_write, 1, 1.6, 100},
    {"spinlock", cases_spin, 1, 1.8, 100},
    {"malloc+init+lock+unlock+destroy+free", cases_churn, 1, 1.5, 100},
    {"the same, 64 alive", cases_churn_64, CASES_LOCKS, 0, 100},
    {"free+malloc", cases_memory, 1, 1.15, 100},
    {"free+malloc, 100 KiB", cases_much_memory, 1, 1.15, 100},
    {"free+malloc, beside known locks", cases_memory_beside, 1, 0, 100},
    {"thread create+join", cases_create_join, 1, 1.3, 200},
};

enum { CASES = sizeof cases / sizeof cases[0] };

#endif
