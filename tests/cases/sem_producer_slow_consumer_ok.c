// expect: none

// The producer has filled both places and waits, for the first time; the consumer, asleep, has not posted
// yet.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

#ifndef PRODUCERS
#define PRODUCERS 1
#endif
#define ITEMS 12

static sem_t empty, full;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int items;

static void *produce(void *arg)
{
    for (int i = 0; i < ITEMS / PRODUCERS; i++) {
        sem_wait(&empty);
        pthread_mutex_lock(&mutex);
        items++;
        pthread_mutex_unlock(&mutex);
        sem_post(&full);
    }
    return arg;
}

static void *consume(void *arg)
{
    usleep(300000);
    for (int i = 0; i < ITEMS; i++) {
        sem_wait(&full);
        pthread_mutex_lock(&mutex);
        items--;
        pthread_mutex_unlock(&mutex);
        usleep(10000);
        sem_post(&empty);
    }
    return arg;
}

int main(void)
{
    pthread_t producers[PRODUCERS], consumer;

    sem_init(&empty, 0, 2);
    sem_init(&full, 0, 0);
    pthread_create(&consumer, NULL, consume, NULL);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_create(&producers[i], NULL, produce, NULL);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i], NULL);
    pthread_join(consumer, NULL);
    return items;
}
