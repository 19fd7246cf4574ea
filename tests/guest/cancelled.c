// expect: none

// Threads are cancelled while they wait for a semaphore and for a thread. Their cleanup handlers run once, with the
// locks that they held then, and can take further ones; later nobody is thought to wait.
#define _GNU_SOURCE
#include "tests/order.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t more = PTHREAD_MUTEX_INITIALIZER;
static pthread_t sleeper;
static sem_t never;
static int cleaned;

static void release(void *lock)
{
    int result = pthread_mutex_unlock(lock), count;

    pthread_mutex_lock(&more);
    count = ++cleaned;
    pthread_mutex_unlock(&more);
    if (result != 0)
        printf("cleanup %d: %d\n", count, result);
}

static void wait_as(long how)
{
    struct timespec late;

    clock_gettime(CLOCK_REALTIME, &late);
    late.tv_sec += 100;
    if (how == 0)
        sem_wait(&never);
    else if (how == 1)
        sem_timedwait(&never, &late);
    else if (how == 2)
        sem_clockwait(&never, CLOCK_REALTIME, &late);
    else if (how == 3)
        pthread_join(sleeper, NULL);
    else if (how == 4)
        pthread_timedjoin_np(sleeper, NULL, &late);
    else
        pthread_clockjoin_np(sleeper, NULL, CLOCK_REALTIME, &late);
}

static void *waits(void *arg)
{
    pthread_mutex_lock(&outer);
    pthread_cleanup_push(release, &outer);
    pthread_mutex_lock(&inner);
    pthread_cleanup_push(release, &inner);
    wait_as((long)arg);
    printf("went on\n");
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return arg;
}

static void *not_yet(void *arg)
{
    int before;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    sem_wait(arg);
    pthread_setcancelstate(before, NULL);
    sem_post(arg); /* a cancellation is pending: the next wait acts on it, though it would not have to wait */
    sem_wait(arg);
    printf("was not cancelled\n");
    return arg;
}

static void *sleeps(void *arg)
{
    for (;;)
        pause();
    return arg;
}

int main(void)
{
    pthread_t thread;
    void *result;
    sem_t go;

    sem_init(&never, 0, 0);
    sem_init(&go, 0, 0);
    pthread_create(&sleeper, NULL, sleeps, NULL);
    for (long how = 0; how < 6; how++)
        for (int late = 0; late < 2; late++) { /* at once, and after the library has looked a few times */
            pthread_create(&thread, NULL, waits, (void *)how);
            if (how < 3)
                await_waiters(&never, 1);
            else
                await_joiners(sleeper, 1);
            usleep(late ? 150000 : 0);
            pthread_cancel(thread);
            pthread_join(thread, &result);
            printf("%ld: %s\n", how, result == PTHREAD_CANCELED ? "cancelled" : "ended");
            pthread_mutex_lock(&outer);
            pthread_mutex_lock(&inner);
            pthread_mutex_unlock(&outer);
            pthread_mutex_unlock(&inner);
        }
    pthread_create(&thread, NULL, not_yet, &go);
    await_waiters(&go, 1);
    pthread_cancel(thread);
    sem_post(&go);
    pthread_join(thread, &result);
    printf("%d cleanups, %s\n", cleaned, result == PTHREAD_CANCELED ? "cancelled" : "ended");
    pthread_cancel(sleeper);
    pthread_join(sleeper, NULL);
    return 0;
}
