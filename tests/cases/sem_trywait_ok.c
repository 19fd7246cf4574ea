// expect: none

// A cycle of semaphores, but one side only tries, and releases what it holds when it fails.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static sem_t a, b;
static pthread_barrier_t both;

static void *blocks(void *arg)
{
    sem_wait(&a);
    pthread_barrier_wait(&both);
    sem_wait(&b);
    usleep(100000);
    sem_post(&b);
    sem_post(&a);
    return arg;
}

static void *tries(void *arg)
{
    sem_wait(&b);
    pthread_barrier_wait(&both);
    while (sem_trywait(&a) != 0) {
        sem_post(&b);
        usleep(5000);
        sem_wait(&b);
    }
    sem_post(&a);
    sem_post(&b);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&a, 0, 1);
    sem_init(&b, 0, 1);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, blocks, NULL);
    pthread_create(&threads[1], NULL, tries, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
