// expect: deadlock warning likely threads=2
// limit: 5

// Main makes a fresh thread for each request, which posts it, and waits for the reply. Here the second request is not
// posted by any.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

#ifndef FRESH
#define FRESH 0
#endif

static sem_t request, reply;

static void *post(void *round)
{
    if (round != NULL)
        usleep(2700000);
    sem_post(&request);
    return NULL;
}

static void *server(void *arg)
{
    for (int i = 0; i < 2; i++) {
        sem_wait(&request);
        sem_post(&reply);
    }
    return arg;
}

static void *beside(void *arg)
{
    usleep(4500000);
    return arg;
}

int main(void)
{
    pthread_t thread, other;

    sem_init(&request, 0, 0);
    sem_init(&reply, 0, 0);
    pthread_create(&other, NULL, FRESH ? server : beside, NULL);
    if (!FRESH)
        pthread_create(&thread, NULL, server, NULL);
    for (int i = 0; i < 2; i++) {
        if (FRESH || i == 0) {
            pthread_create(&thread, NULL, post, i > 0 ? &request : NULL);
            pthread_detach(thread);
        }
        sem_wait(&reply);
    }
    pthread_join(other, NULL);
    return 0;
}
