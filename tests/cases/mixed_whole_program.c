// expect: deadlock error certain
// json: len(f["threads"]) >= 3

// Every thread sleeps: one at a condition, one at a semaphore, one at a barrier, main in a join. Nobody is
// in a cycle; but each is woken only by others, and there are no others.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static pthread_barrier_t barrier;

static void *at_condition(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_cond_wait(&condition, &m);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *at_semaphore(void *arg)
{
    sem_wait(&semaphore);
    return arg;
}

static void *at_barrier(void *arg)
{
    pthread_barrier_wait(&barrier);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {at_condition, at_semaphore, at_barrier};
    pthread_t threads[3];

    sem_init(&semaphore, 0, 0);
    pthread_barrier_init(&barrier, NULL, 2);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
