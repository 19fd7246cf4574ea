// expect: none

// Eight threads, four ordered mutexes, much contention, and sums that must come out right.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define LOCKS 4
#define THREADS 8
#define ROUNDS 5000

static pthread_mutex_t locks[LOCKS];
static long sums[LOCKS];
static long expected[THREADS][LOCKS];

static void *worker(void *arg)
{
    int self = (int)(intptr_t)arg;
    unsigned seed = self;

    for (int i = 0; i < ROUNDS; i++) {
        int low = rand_r(&seed) % LOCKS, high = low + rand_r(&seed) % (LOCKS - low);

        for (int l = low; l <= high; l++)
            pthread_mutex_lock(&locks[l]);
        for (int l = low; l <= high; l++)
            sums[l]++;
        for (int l = high; l >= low; l--)
            pthread_mutex_unlock(&locks[l]);
        for (int l = low; l <= high; l++)
            expected[self][l]++;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&locks[i], NULL);
    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, worker, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int l = 0; l < LOCKS; l++) {
        for (int i = 0; i < THREADS; i++)
            sums[l] -= expected[i][l];
        if (sums[l] != 0)
            return 1;
    }
    return 0;
}
