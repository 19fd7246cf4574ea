// expect: lock-order warning threads=2 locks=a,pool

// A pool of 2 units: one thread acquires both and then a, the other one a and then a unit.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>

#ifndef UNITS
#define UNITS 2
#endif

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static sem_t pool;

static void *one(void *unused)
{
    sem_wait(&pool);
    sem_wait(&pool);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    sem_post(&pool);
    sem_post(&pool);
    step();
    return unused;
}

static void *two(void *unused)
{
    await_step(1);
    pthread_mutex_lock(&a);
    sem_wait(&pool);
    sem_post(&pool);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *(*const routines[])(void *) = {one, two};

int main(void)
{
    pthread_t threads[2];
    sem_init(&pool, 0, UNITS);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
