// expect: deadlock error certain threads=2 locks=m,rw

// A writer waits for every reader: two of three let go in time, the third needs the mutex that the writer
// holds.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stddef.h>

#ifndef NEEDS_MUTEX
#define NEEDS_MUTEX 1
#endif

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all;

static void *reader(void *needs_mutex)
{
    pthread_rwlock_rdlock(&rw);
    pthread_barrier_wait(&all);
    await_waiters(&rw, 1);
    if (needs_mutex)
        pthread_mutex_lock(&m);
    pthread_rwlock_unlock(&rw);
    return NULL;
}

static void *writer(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&all);
    pthread_rwlock_wrlock(&rw);
    pthread_rwlock_unlock(&rw);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[4];

    pthread_barrier_init(&all, NULL, 4);
    pthread_create(&threads[0], NULL, writer, NULL);
    for (int i = 1; i < 4; i++)
        pthread_create(&threads[i], NULL, reader, NEEDS_MUTEX && i == 2 ? &m : NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
