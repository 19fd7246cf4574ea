// expect: none

// The same calls, but the units come from threads that acquired none: these are signals, and nobody holds them.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>

static sem_t a, b;

static void *one(void *unused)
{
    sem_wait(&a);
    sem_wait(&b);
    step();
    return unused;
}

static void *two(void *unused)
{
    await_step(2);
    sem_wait(&b);
    sem_wait(&a);
    return unused;
}

static void *three(void *unused)
{
    sem_post(&a);
    sem_post(&b);
    await_step(1);
    sem_post(&b);
    sem_post(&a);
    step();
    return unused;
}

static void *(*const routines[])(void *) = {one, two, three};

int main(void)
{
    pthread_t threads[3];
    sem_init(&a, 0, 0);
    sem_init(&b, 0, 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
