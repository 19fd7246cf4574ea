// expect: wait-holding warning threads=2 locks=ready,rw

// It waits while it holds a read lock; who posts must write before.
#ifndef TAKE
#define TAKE pthread_rwlock_wrlock(&rw)
#endif
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

static sem_t ready;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int posted;

static void *posts(void *arg)
{
    TAKE;
    pthread_rwlock_unlock(&rw);
    sem_post(&ready);
    posted = 1;
    return arg;
}

static void *waits(void *arg)
{
    while (!posted)
        sched_yield();
    pthread_rwlock_rdlock(&rw);
    sem_wait(&ready);
    pthread_rwlock_unlock(&rw);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&ready, 0, 0);
    pthread_create(&threads[0], NULL, waits, NULL);
    pthread_create(&threads[1], NULL, posts, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
