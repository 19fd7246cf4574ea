// expect: deadlock error certain threads=2
// json: "outer" in {l["name"] for l in f["locks"]}

// Woken is not yet back: the waiter must have its mutex again, and who woke it keeps that one and wants
// another, which the waiter holds.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stddef.h>

#ifndef KEEP_INNER
#define KEEP_INNER 1
#endif

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;
static int is_ready;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    pthread_barrier_wait(&both);
    while (!is_ready)
        pthread_cond_wait(&ready, &inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return arg;
}

static void *waker(void *arg)
{
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&inner);
    is_ready = 1;
    pthread_cond_signal(&ready);
    await_waiters(&inner, 1); /* woken, it waits for its mutex */
    if (!KEEP_INNER)
        pthread_mutex_unlock(&inner);
    pthread_mutex_lock(&outer);
    pthread_mutex_unlock(&outer);
    if (KEEP_INNER)
        pthread_mutex_unlock(&inner);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, waiter, NULL);
    pthread_create(&threads[1], NULL, waker, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
