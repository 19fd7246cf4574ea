// expect: deadlock error certain threads=2 locks=pair->mutex,pair->sem
// json: sorted(l["name"] for l in f["locks"]) == ["pair->mutex", "pair->sem"]

// Names that are gone: one was taken away, the other ended with the lock that had it, whose memory is used again.
#define _GNU_SOURCE
#include "include/lockwatch.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

struct pair {
    pthread_mutex_t mutex;
    sem_t sem;
    pthread_barrier_t both;
};

static void *backward(void *arg)
{
    struct pair *pair = arg;

    sem_wait(&pair->sem);
    sem_post(&pair->sem);
    sem_wait(&pair->sem);
    pthread_barrier_wait(&pair->both);
    pthread_mutex_lock(&pair->mutex);
    return NULL;
}

int main(void)
{
    struct pair *pair = malloc(sizeof *pair);
    pthread_t thread;

    sem_init(&pair->sem, 0, 7);
    LOCKWATCH_NAME(&pair->sem, "an old semaphore");
    sem_destroy(&pair->sem);
    sem_init(&pair->sem, 0, 1);
    pthread_mutex_init(&pair->mutex, NULL);
    errno = 77;
    LOCKWATCH_NAME(&pair->mutex, "a mutex with a name");
    LOCKWATCH_NAME(&pair->mutex, NULL);
    LOCKWATCH_NAME(NULL, "nothing");
    if (errno != 77)
        return 1;
    pthread_barrier_init(&pair->both, NULL, 2);
    pthread_mutex_lock(&pair->mutex);
    pthread_create(&thread, NULL, backward, pair);
    pthread_barrier_wait(&pair->both);
    sem_wait(&pair->sem);
    return 0;
}
