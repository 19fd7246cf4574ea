/*
 * Locks that come and go, taken in each other at random: short_lived SEED keep|end. Five that stay, the others are made
 * and, with `end`, destroyed and freed all the time; with `keep` they are only left alone, which must make no
 * difference to what is found. One thread moves at a time, and no lock is ever waited for: which one it is goes round
 * by a number, which no library sees. Mostly the locks are taken in one order.
 */
#include "include/lockwatch.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, STAYING = 5, ALL = 16, MOST = 4, TURNS = 6000 };

enum kind { MUTEX, RWLOCK, SEMAPHORE };

struct lock {
    enum kind kind;
    int rank, units; /* of a semaphore: used as a signal */
    union {
        pthread_mutex_t mutex;
        pthread_rwlock_t rwlock;
        sem_t semaphore;
    };
};

static struct lock *locks[ALL];
static uint64_t state;
static bool ends;
static unsigned made;
static atomic_int turn, turns;

static unsigned chance(unsigned of)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % of;
}

static void make(int i)
{
    char name[32];
    struct lock *l = malloc(sizeof *l);
    if (l == NULL)
        exit(3);
    memset(l, 0, sizeof *l);
    l->kind = i % 4 == 1 ? RWLOCK : i % 5 == 3 ? SEMAPHORE : MUTEX;
    l->rank = i < STAYING ? i * 10 : (int)chance(50);
    if (l->kind == MUTEX)
        pthread_mutex_init(&l->mutex, NULL);
    else if (l->kind == RWLOCK)
        pthread_rwlock_init(&l->rwlock, NULL);
    else
        sem_init(&l->semaphore, 0, 0);
    snprintf(name, sizeof name, "%s%u", i < STAYING ? "staying" : "short", made++);
    LOCKWATCH_NAME(&l->mutex, name);
    locks[i] = l;
}

static void end(int i)
{
    struct lock *l = locks[i];
    if (ends) {
        if (l->kind == MUTEX)
            pthread_mutex_destroy(&l->mutex);
        else if (l->kind == RWLOCK)
            pthread_rwlock_destroy(&l->rwlock);
        else
            sem_destroy(&l->semaphore);
        free(l);
    }
    make(i);
}

static bool take(struct lock *l)
{
    bool tries = chance(10) == 0;
    switch (l->kind) {
    case MUTEX:
        return (tries ? pthread_mutex_trylock(&l->mutex) : pthread_mutex_lock(&l->mutex)) == 0;
    case RWLOCK:
        return (chance(2) ? pthread_rwlock_rdlock(&l->rwlock) : pthread_rwlock_wrlock(&l->rwlock)) == 0;
    default:
        if (chance(2)) {
            sem_post(&l->semaphore);
            l->units++;
        } else if (l->units > 0) {
            sem_wait(&l->semaphore);
            l->units--;
        }
        return false;
    }
}

static void give(struct lock *l)
{
    if (l->kind == MUTEX)
        pthread_mutex_unlock(&l->mutex);
    else
        pthread_rwlock_unlock(&l->rwlock);
}

/* Up to MOST of the locks, none twice, in the order of their ranks unless `any`. */
static int choose(struct lock **to, bool any)
{
    int count = chance(8) == 0 ? MOST : 1 + (int)chance(2), n = 0;
    while (n < count) {
        struct lock *l = locks[chance(ALL)];
        int at = 0;
        while (at < n && to[at] != l)
            at++;
        if (at < n)
            continue;
        for (; !any && at > 0 && to[at - 1]->rank > l->rank; at--)
            to[at] = to[at - 1];
        to[at] = l;
        n++;
    }
    return n;
}

static void move(void)
{
    struct lock *chosen[MOST], *held[MOST];
    int count = choose(chosen, chance(50) == 0), n = 0;
    for (int i = 0; i < count; i++)
        if (take(chosen[i]))
            held[n++] = chosen[i];
    bool turned = chance(5) == 0;
    for (int i = 0; i < n; i++)
        give(held[turned ? i : n - 1 - i]);
    if (chance(2))
        end(STAYING + (int)chance(ALL - STAYING));
}

static void *thread(void *own)
{
    int me = (int)(intptr_t)own;
    while (turns < TURNS) {
        if (turn != me) {
            sched_yield();
            continue;
        }
        for (unsigned few = 1 + chance(20); few > 0; few--, turns++)
            move();
        turn = (int)chance(THREADS);
    }
    turn = THREADS;
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    if (argc != 3)
        return 2;
    state = strtoull(argv[1], NULL, 10) * 0x9E3779B97F4A7C15u + 1;
    ends = strcmp(argv[2], "end") == 0;
    turn = THREADS;
    for (int i = 0; i < ALL; i++)
        make(i);
    for (intptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, thread, (void *)i) != 0)
            return 3;
    turn = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
