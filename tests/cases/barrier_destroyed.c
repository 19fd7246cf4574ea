// expect: deadlock error certain threads=2 locks=b
// expect: destroy-in-use warning threads=2 locks=b
// stderr-has: waits to destroy barrier b
// stderr-has: wake every thread that waits at b

// A barrier of two is destroyed while one thread waits there: libc waits until that has left. With -DARRIVES=1
// (barrier_destroyed_ok) the second one comes first.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#ifndef ARRIVES
#define ARRIVES 0
#endif

static pthread_barrier_t b;
static atomic_int arrives;

static void *waiter(void *arg)
{
    arrives = 1;
    pthread_barrier_wait(&b);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_barrier_init(&b, NULL, 2);
    pthread_create(&thread, NULL, waiter, NULL);
    while (!arrives)
        usleep(1000);
    await_waiters(&b, 1);
    if (ARRIVES)
        pthread_barrier_wait(&b);
    pthread_barrier_destroy(&b);
    pthread_join(thread, NULL);
    return 0;
}
