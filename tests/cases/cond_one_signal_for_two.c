// expect: deadlock error certain threads=2
// json: "one wakes only one thread" in f["advice"] and "broadcast if several wait" in f["advice"]

// Two threads wait, and one signal is sent for both. So says the advice, as the signaller has done what it can.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static int open_now;

static void *visitor(void *arg)
{
    pthread_mutex_lock(&m);
    while (!open_now)
        pthread_cond_wait(&opened, &m);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t one, two;
    pthread_create(&one, NULL, visitor, NULL);
    pthread_create(&two, NULL, visitor, NULL);
    await_waiters(&opened, 2);
    pthread_mutex_lock(&m);
    open_now = 1;
    pthread_cond_signal(&opened);
    pthread_mutex_unlock(&m);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
