// expect: deadlock error certain threads=6

// Five pass a token round, each with a semaphore to wait at; but nobody put a token in. All wait, main for
// the first of them.
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <unistd.h>

#define N 5
#ifndef TOKENS
#define TOKENS 0
#endif

static sem_t stations[N];

static void *station(void *arg)
{
    int i = (int)(intptr_t)arg;

    for (int round = 0; round < 3; round++) {
        sem_wait(&stations[i]);
        usleep(40000);
        sem_post(&stations[(i + 1) % N]);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    for (int i = 0; i < N; i++)
        sem_init(&stations[i], 0, i == 0 ? TOKENS : 0);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, station, (void *)(intptr_t)i);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
