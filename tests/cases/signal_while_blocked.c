// expect: deadlock error certain threads=2 locks=a,c

// A thread is blocked for b, whose holder is only slow, when a handler runs in it and wants c. Whoever holds
// c wants a, which the thread holds: it is stuck in the handler even when b comes free.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all;

static void on_usr1(int signal)
{
    (void)signal;
    pthread_mutex_lock(&c);
    pthread_mutex_unlock(&c);
}

static void *interrupted(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&b);
    return arg;
}

static void *slow(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&all);
    usleep(400000);
    pthread_mutex_unlock(&b);
    return arg;
}

static void *wants_a(void *arg)
{
    pthread_mutex_lock(&c);
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&a);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {interrupted, slow, wants_a};
    pthread_t threads[3];

    signal(SIGUSR1, on_usr1);
    pthread_barrier_init(&all, NULL, 4);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    pthread_barrier_wait(&all);
    await_waiters(&a, 1);
    await_waiters(&b, 1);
    pthread_kill(threads[0], SIGUSR1);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
