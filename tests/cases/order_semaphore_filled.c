// expect: lock-order warning threads=2 locks=a,b

// Two semaphores used as locks, made with 0 and given their unit by a first post.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>

static sem_t a, b;

static void *one(void *unused)
{
    sem_wait(&a);
    sem_wait(&b);
    sem_post(&b);
    sem_post(&a);
    step();
    return unused;
}

static void *two(void *unused)
{
    await_step(1);
    sem_wait(&b);
    sem_wait(&a);
    sem_post(&a);
    sem_post(&b);
    return unused;
}

static void *(*const routines[])(void *) = {one, two};

int main(void)
{
    pthread_t threads[2];
    sem_init(&a, 0, 0);
    sem_init(&b, 0, 0);
    sem_post(&a);
    sem_post(&b);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
