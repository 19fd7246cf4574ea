// expect: none

// Three threads take turns at holding three hundred mutexes at once.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#define N 300

static pthread_mutex_t locks[N];

static void *collector(void *arg)
{
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < N; i++)
            pthread_mutex_lock(&locks[i]);
        for (int i = N - 1; i >= 0; i--)
            pthread_mutex_unlock(&locks[i]);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    for (int i = 0; i < N; i++)
        pthread_mutex_init(&locks[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, collector, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
