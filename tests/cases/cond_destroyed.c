// expect: deadlock error certain threads=2 locks=c
// expect: destroy-in-use warning threads=2 locks=c
// stderr-has: waits to destroy condition c
// stderr-has: What to change: wake every thread that waits on c and let it leave

// A condition is destroyed while a thread waits there, which nobody is left to wake: libc waits in
// pthread_cond_destroy until it has left. With -DWAKES=1 (cond_destroyed_ok) it was woken before.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#ifndef WAKES
#define WAKES 0
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int over;
static atomic_int waits;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&m);
    waits = 1;
    while (!over)
        pthread_cond_wait(&c, &m);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, waiter, NULL);
    while (!waits)
        usleep(1000);
    pthread_mutex_lock(&m);
    over = 1;
    if (WAKES)
        pthread_cond_signal(&c);
    pthread_mutex_unlock(&m);
    if (!WAKES)
        await_waiters(&c, 1);
    pthread_cond_destroy(&c);
    pthread_join(thread, NULL);
    return 0;
}
