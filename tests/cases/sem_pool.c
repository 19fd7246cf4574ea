// expect: deadlock error certain threads=3 locks=pool

// A pool of three buffers and three threads that need two each: all hold one and wait for the second. It
// went well as long as they came one by one.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#define N 3
#ifndef BUFFERS
#define BUFFERS 3
#endif

static sem_t pool;
static pthread_mutex_t one_by_one = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all;

static void copy(pthread_barrier_t *meet)
{
    sem_wait(&pool);
    if (meet)
        pthread_barrier_wait(meet);
    sem_wait(&pool);
    sem_post(&pool);
    sem_post(&pool);
}

static void *worker(void *arg)
{
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&one_by_one);
        copy(NULL);
        pthread_mutex_unlock(&one_by_one);
    }
    pthread_barrier_wait(&all);
    copy(&all);
    return arg;
}

int main(void)
{
    pthread_t threads[N];

    sem_init(&pool, 0, BUFFERS);
    pthread_barrier_init(&all, NULL, N);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
