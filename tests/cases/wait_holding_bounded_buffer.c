// expect: wait-holding warning threads=2 locks=empty,mutex
// expect: wait-holding warning threads=2 locks=full,mutex
// exit: 0

// The bounded buffer with the mutex outside of the semaphores, in a run that goes well: the buffer is never full
// when something is put in, nor empty when something is taken out.
#ifndef OUTSIDE
#define OUTSIDE 1
#endif
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t empty, full;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int items;

static void lock_and_wait(sem_t *s)
{
    if (OUTSIDE)
        pthread_mutex_lock(&mutex);
    sem_wait(s);
    if (!OUTSIDE)
        pthread_mutex_lock(&mutex);
}

static void *produce(void *arg)
{
    for (int i = 0; i < 3; i++) {
        lock_and_wait(&empty);
        items++;
        pthread_mutex_unlock(&mutex);
        sem_post(&full);
    }
    return arg;
}

static void *consume(void *arg)
{
    for (int left = 3; left > 0;) {
        pthread_mutex_lock(&mutex);
        int there = items;
        pthread_mutex_unlock(&mutex);
        for (; there > 0; there--, left--) {
            lock_and_wait(&full);
            items--;
            pthread_mutex_unlock(&mutex);
            sem_post(&empty);
        }
        sched_yield();
    }
    return arg;
}

int main(void)
{
    pthread_t producer, consumer;

    sem_init(&empty, 0, 4);
    sem_init(&full, 0, 0);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    sem_destroy(&empty);
    sem_destroy(&full);
    return 0;
}
