// expect: none

// Two threads have signalled before. One is shut out by the waiter, the other only slow: one is enough.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#ifndef BOTH_SHUT_OUT
#define BOTH_SHUT_OUT 0
#endif

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t all;
static int value;

static void change(void)
{
    pthread_mutex_lock(&inner);
    value++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&inner);
}

static void *signaller(void *shut_out)
{
    change();
    pthread_barrier_wait(&all);
    pthread_barrier_wait(&all);
    if (!shut_out)
        usleep(300000);
    else
        pthread_mutex_lock(&outer);
    change();
    if (shut_out)
        pthread_mutex_unlock(&outer);
    return NULL;
}

static void *waiter(void *arg)
{
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&outer);
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&inner);
    while (value == 2)
        pthread_cond_wait(&changed, &inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    pthread_barrier_init(&all, NULL, 3);
    pthread_create(&threads[0], NULL, waiter, NULL);
    pthread_create(&threads[1], NULL, signaller, &all);
    pthread_create(&threads[2], NULL, signaller, BOTH_SHUT_OUT ? &all : NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return value == 4 ? 0 : 1;
}
