// expect: init-in-use warning threads=2 locks=full
// expect: init-in-use warning threads=2 locks=c
// expect: init-in-use warning threads=2 locks=b

// Made anew while a thread waits there. Then nobody can wake it any more, but by its time-out.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t b;
static sem_t full;

static void *at_barrier(void *arg)
{
    pthread_barrier_wait(&b);
    return arg;
}

static void *at_semaphore(void *arg)
{
    sem_wait(&full);
    return arg;
}

static void *at_condition(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_cond_wait(&c, &m);
    return arg;
}

int main(void)
{
    pthread_t thread[3];

    sem_init(&full, 0, 0);
    pthread_create(&thread[0], NULL, at_semaphore, NULL);
    pthread_create(&thread[1], NULL, at_condition, NULL);
    pthread_barrier_init(&b, NULL, 2);
    pthread_create(&thread[2], NULL, at_barrier, NULL);
    await_waiters(&full, 1);
    await_waiters(&c, 1);
    await_waiters(&b, 1);
    sem_init(&full, 0, 0);
    pthread_cond_init(&c, NULL);
    pthread_barrier_init(&b, NULL, 2);
    return 0;
}
