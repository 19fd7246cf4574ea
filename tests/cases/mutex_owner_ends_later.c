// expect: deadlock error certain threads=1 locks=m
// expect: exit-holding warning threads=1 locks=m

// The waiter waits already when the owner ends: nobody blocks at the moment the deadlock forms. Main sleeps.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *forgetful(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    await_waiters(&m, 1);
    return arg;
}

static void *waiter(void *arg)
{
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, forgetful, NULL);
    pthread_create(&threads[1], NULL, waiter, NULL);
    pthread_detach(threads[0]);
    for (;;)
        usleep(100000);
}
