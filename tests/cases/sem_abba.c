// expect: deadlock error certain threads=2 locks=a,b

// Binary semaphores as locks, in opposite orders, after a few rounds in which the orders agreed. Who posts
// had taken, every time: they are locks, and main only joins.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#ifndef ORDERED
#define ORDERED 0
#endif
#ifndef CLEAN_ROUNDS
#define CLEAN_ROUNDS 20
#endif

static sem_t a, b;
static pthread_barrier_t both;

static void agree(void)
{
    for (int i = 0; i < CLEAN_ROUNDS; i++) {
        sem_wait(&a);
        sem_wait(&b);
        sem_post(&b);
        sem_post(&a);
    }
    pthread_barrier_wait(&both);
}

static void *forward(void *arg)
{
    agree();
    if (ORDERED)
        return arg;
    sem_wait(&a);
    pthread_barrier_wait(&both);
    sem_wait(&b);
    return arg;
}

static void *backward(void *arg)
{
    agree();
    if (ORDERED)
        return arg;
    sem_wait(&b);
    pthread_barrier_wait(&both);
    sem_wait(&a);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&a, 0, 1);
    sem_init(&b, 0, 1);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, forward, NULL);
    pthread_create(&threads[1], NULL, backward, NULL);
#ifdef BESIDE
    BESIDE();
#endif
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
