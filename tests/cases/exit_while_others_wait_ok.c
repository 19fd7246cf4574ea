// expect: none
// exit: 6

// Main ends the program while other threads still hold, want and wait: nobody is stuck for good.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static sem_t never;
static atomic_bool held;

static void *holds(void *arg)
{
    pthread_mutex_lock(&m);
    held = true;
    pause();
    return arg;
}

static void *wants(void *arg)
{
    pthread_mutex_lock(&m);
    return arg;
}

static void *waits(void *arg)
{
    sem_wait(&never);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&never, 0, 0);
    pthread_create(&thread, NULL, holds, NULL);
    while (!held)
        usleep(1000);
    pthread_create(&thread, NULL, wants, NULL);
    pthread_create(&thread, NULL, waits, NULL);
    await_waiters(&m, 1);
    await_waiters(&never, 1);
    return 6;
}
