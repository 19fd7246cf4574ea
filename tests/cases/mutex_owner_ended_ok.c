// expect: none

// The thread releases the mutex as its last act, when the other one waits for it already.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *orderly(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    await_waiters(&m, 1);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, orderly, NULL);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&m);
    pthread_join(thread, NULL);
    return 0;
}
