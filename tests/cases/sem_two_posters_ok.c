// expect: none

// Two threads have posted before. One is shut out by the waiter, the other only slow: one is enough.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

#ifndef BOTH_SHUT_OUT
#define BOTH_SHUT_OUT 0
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static sem_t s;
static pthread_barrier_t all;

static void *poster(void *shut_out)
{
    sem_post(&s);
    pthread_barrier_wait(&all);
    pthread_barrier_wait(&all);
    if (!shut_out)
        usleep(300000);
    else
        pthread_mutex_lock(&m);
    sem_post(&s);
    if (shut_out)
        pthread_mutex_unlock(&m);
    return NULL;
}

static void *waiter(void *arg)
{
    pthread_barrier_wait(&all);
    sem_wait(&s);
    sem_wait(&s);
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&all);
    sem_wait(&s);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    sem_init(&s, 0, 0);
    pthread_barrier_init(&all, NULL, 3);
    pthread_create(&threads[0], NULL, waiter, NULL);
    pthread_create(&threads[1], NULL, poster, &all);
    pthread_create(&threads[2], NULL, poster, BOTH_SHUT_OUT ? &all : NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
