// expect: none

// Readers alone lock a room by its semaphore: the first one takes it and the last one releases it, both while
// holding the mutex. The first one never waits.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t room;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static int readers;

static void go_in(void)
{
    pthread_mutex_lock(&mutex);
    if (++readers == 1)
        sem_wait(&room);
    pthread_mutex_unlock(&mutex);
}

static void go_out(void)
{
    pthread_mutex_lock(&mutex);
    if (--readers == 0)
        sem_post(&room);
    pthread_mutex_unlock(&mutex);
}

/* In and out in the order of the first: each is the first one every other round, and the other one the last. */
static void *reads(void *second)
{
    for (int i = 0; i < 6; i++) {
        int late = (i % 2 == 0) == (second != NULL);
        for (int step = 0; step < 2; step++) {
            if (late)
                pthread_barrier_wait(&both);
            (step == 0 ? go_in : go_out)();
            if (!late)
                pthread_barrier_wait(&both);
            pthread_barrier_wait(&both);
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    sem_init(&room, 0, 1);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, reads, NULL);
    pthread_create(&threads[1], NULL, reads, &room);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
