// expect: deadlock error certain threads=3 locks=locks[0],locks[1],locks[2]
// json: len(f["cycle"]) == 3

// Three threads, each holding one mutex, each wanting the next one's.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>

#ifndef N
#define N 3
#endif
#ifndef ORDERED
#define ORDERED 0
#endif

static pthread_mutex_t locks[N];
static pthread_barrier_t all;

static void *worker(void *arg)
{
    int first = (int)(intptr_t)arg, second = (first + 1) % N;

    if (ORDERED && first > second) {
        first = 0;
        second = N - 1;
    }
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&locks[first]);
        if (!ORDERED)
            pthread_barrier_wait(&all);
        pthread_mutex_lock(&locks[second]);
        pthread_mutex_unlock(&locks[second]);
        pthread_mutex_unlock(&locks[first]);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    pthread_barrier_init(&all, NULL, N);
    for (int i = 0; i < N; i++)
        pthread_mutex_init(&locks[i], NULL);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, worker, (void *)(intptr_t)i);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
