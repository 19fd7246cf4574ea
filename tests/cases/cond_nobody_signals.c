// expect: deadlock error certain threads=1
// json: "ready" in {l["name"] for l in f["locks"]}

// The last thread that could signal has ended without doing so; main waits, alone.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int is_ready;

static void *worker(void *arg)
{
    await_waiters(&ready, 1);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, worker, NULL);
    pthread_mutex_lock(&m);
    while (!is_ready)
        pthread_cond_wait(&ready, &m);
    pthread_mutex_unlock(&m);
    return 0;
}
