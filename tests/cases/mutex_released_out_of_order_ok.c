// expect: none

// Sixteen locks released in the order they were taken, not the reverse, by four threads.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#define N 16

static pthread_mutex_t locks[N];

static void *worker(void *arg)
{
    for (int round = 0; round < 300; round++) {
        for (int i = 0; i < N; i++)
            pthread_mutex_lock(&locks[i]);
        for (int i = 0; i < N; i++)
            pthread_mutex_unlock(&locks[(i + round) % N]);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[4];

    for (int i = 0; i < N; i++)
        pthread_mutex_init(&locks[i], NULL);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
