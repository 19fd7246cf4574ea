// expect: deadlock note likely went-on threads=2 locks=room,work
// exit: 0
// stdout-same: yes
// stderr-has: probable deadlock: 2 threads are blocked
// stderr-has: continued after
// report-has: A thread of it continued, so it was not a deadlock.
// json: not f["coffman"]["no_preemption"]["met"]

// A producer and a consumer wait for each other, as far as was seen; a flusher, which never posted before, does so
// after three seconds, and all end well: what was reported of the two is taken back.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

enum { ITEMS = 8 };

static sem_t work, room;

static void *flusher(void *arg)
{
    sleep(3);
    sem_post(&work);
    return arg;
}

static void *producer(void *arg)
{
    for (int i = 0; i < ITEMS; i++)
        sem_post(&work);
    for (int i = 0; i < ITEMS + 1; i++)
        sem_wait(&room);
    return arg;
}

static void *consumer(void *arg)
{
    for (int i = 0; i < ITEMS + 1; i++) {
        sem_wait(&work);
        sem_post(&room);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    sem_init(&work, 0, 0);
    sem_init(&room, 0, 0);
    pthread_create(&threads[0], NULL, flusher, NULL);
    pthread_create(&threads[1], NULL, producer, NULL);
    pthread_create(&threads[2], NULL, consumer, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
#ifdef AND_THEN
    AND_THEN;
#endif
    return 0;
}
