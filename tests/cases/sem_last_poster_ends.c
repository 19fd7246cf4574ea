// expect: deadlock error certain threads=1 locks=done

// Main waits already when the last thread that could have posted ends without doing so.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t done;

static void *worker(void *arg)
{
    await_waiters(&done, 1);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&done, 0, 0);
    pthread_create(&thread, NULL, worker, NULL);
    sem_wait(&done);
    pthread_join(thread, NULL);
    return 0;
}
