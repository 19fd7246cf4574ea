// expect: none

// Handlers run in threads that are blocked for a mutex, a condition and a join, and post, try and lock in
// there; after each the thread waits on for what it had been waiting for.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, free_one = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static sem_t handled;
static int is_ready;

static void on_usr1(int signal)
{
    (void)signal;
    pthread_mutex_lock(&free_one);
    if (pthread_mutex_trylock(&held) == 0)
        pthread_mutex_unlock(&held);
    pthread_mutex_unlock(&free_one);
    sem_post(&handled);
}

static void *wants_mutex(void *arg)
{
    pthread_mutex_lock(&held);
    pthread_mutex_unlock(&held);
    return arg;
}

static void *wants_condition(void *arg)
{
    pthread_mutex_lock(&m);
    while (!is_ready)
        pthread_cond_wait(&ready, &m);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *wants_join(void *thread)
{
    pthread_join(*(pthread_t *)thread, NULL);
    return NULL;
}

int main(void)
{
    pthread_t threads[3];

    sem_init(&handled, 0, 0);
    signal(SIGUSR1, on_usr1);
    pthread_mutex_lock(&held);
    pthread_create(&threads[0], NULL, wants_mutex, NULL);
    pthread_create(&threads[1], NULL, wants_condition, NULL);
    pthread_create(&threads[2], NULL, wants_join, &threads[0]);
    await_waiters(&held, 1);
    await_waiters(&ready, 1);
    await_joiners(threads[0], 1);
    for (int i = 0; i < 30; i++) {
        pthread_kill(threads[i % 3], SIGUSR1);
        while (sem_wait(&handled) != 0) {
        }
    }
    pthread_mutex_unlock(&held);
    pthread_mutex_lock(&m);
    is_ready = 1;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&m);
    pthread_join(threads[1], NULL);
    pthread_join(threads[2], NULL);
    return 0;
}
