// expect: deadlock error certain threads=2 locks=control,m

// One thread runs the routine, which needs a mutex; its holder waits for the routine to be done.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#ifndef HOLD
#define HOLD 1
#endif

static pthread_once_t control = PTHREAD_ONCE_INIT;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static int set_up;

static void routine(void)
{
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&m);
    set_up = 1;
    pthread_mutex_unlock(&m);
}

static void *first(void *arg)
{
    pthread_once(&control, routine);
    return arg;
}

static void *second(void *arg)
{
    if (HOLD)
        pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    pthread_once(&control, routine);
    if (!HOLD)
        pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, first, NULL);
    pthread_create(&threads[1], NULL, second, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return set_up ? 0 : 1;
}
