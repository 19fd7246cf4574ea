// expect: deadlock error certain threads=2 locks=m,s

// A cycle of a mutex and a semaphore that serves as a lock.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t s;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *semaphore_first(void *arg)
{
    sem_wait(&s);
    sem_post(&s);
    sem_wait(&s);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&m);
    return arg;
}

static void *mutex_first(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    sem_wait(&s);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&s, 0, 1);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, semaphore_first, NULL);
    pthread_create(&threads[1], NULL, mutex_first, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
