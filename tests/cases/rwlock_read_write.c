// expect: deadlock error certain threads=2 locks=a,b

// Each thread reads one and wants to write the other. A third reads both and is only in the way.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER, b = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t all;

static void *reads_a(void *arg)
{
    pthread_rwlock_rdlock(&a);
    pthread_barrier_wait(&all);
    pthread_rwlock_wrlock(&b);
    return arg;
}

static void *reads_b(void *arg)
{
    pthread_rwlock_rdlock(&b);
    pthread_barrier_wait(&all);
    pthread_rwlock_wrlock(&a);
    return arg;
}

static void *reads_both(void *arg)
{
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_rdlock(&b);
    pthread_barrier_wait(&all);
    await_waiters(&a, 1);
    await_waiters(&b, 1);
    pthread_rwlock_unlock(&b);
    pthread_rwlock_unlock(&a);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {reads_a, reads_b, reads_both};
    pthread_t threads[3];

    pthread_barrier_init(&all, NULL, 3);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
