// expect: none

// A thread waits at a condition that nobody ever signalled, with a lock held that another one waits for, for five
// seconds. Then comes the first signal, from a thread that only looked at the state until then, under the mutex of the
// condition. A second condition is signalled late by the thread that initialised it, a third one by one that the waiter
// created.
#define _GNU_SOURCE
#include "tests/order.h"

static pthread_mutex_t outer[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER},
                       inner[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_cond_t ready[3];
static int done[3];

static void set_done(int i)
{
    pthread_mutex_lock(&inner[i]);
    done[i] = 1;
    pthread_cond_signal(&ready[i]);
    pthread_mutex_unlock(&inner[i]);
}

static void *looks(void *arg)
{
    pthread_mutex_lock(&inner[0]);
    int was = done[0];
    pthread_mutex_unlock(&inner[0]);
    sleep(5);
    set_done(was);
    return arg;
}

static void *initialises(void *arg)
{
    pthread_cond_init(&ready[1], NULL);
    step();
    sleep(5);
    set_done(1);
    return arg;
}

static void *created(void *arg)
{
    sleep(5);
    set_done(2);
    return arg;
}

static void *waits(void *arg)
{
    int i = (int)((pthread_cond_t *)arg - ready);
    pthread_t thread;

    pthread_mutex_lock(&outer[i]);
    step();
    if (i == 2)
        pthread_create(&thread, NULL, created, NULL);
    pthread_mutex_lock(&inner[i]);
    while (!done[i])
        pthread_cond_wait(&ready[i], &inner[i]);
    pthread_mutex_unlock(&inner[i]);
    pthread_mutex_unlock(&outer[i]);
    if (i == 2)
        pthread_join(thread, NULL);
    return arg;
}

static void *wants_outer(void *arg)
{
    pthread_mutex_lock(arg);
    pthread_mutex_unlock(arg);
    return NULL;
}

int main(void)
{
    pthread_t threads[8];

    pthread_create(&threads[0], NULL, looks, NULL);
    pthread_create(&threads[1], NULL, initialises, NULL);
    await_step(1);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[2 + i], NULL, waits, &ready[i]);
    await_step(4);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[5 + i], NULL, wants_outer, &outer[i]);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
