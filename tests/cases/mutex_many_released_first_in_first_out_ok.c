// expect: none
// json: doc["process"]["complete"]

// Four threads lock three hundred mutexes in one order and release them in the same order, not the reverse; and some
// with a gap, so that what is left must be known.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#define N 300

static pthread_mutex_t locks[N];

static void *work(void *arg)
{
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < N; i++)
            pthread_mutex_lock(&locks[i]);
        for (int i = 0; i < N; i++)
            if (i % 3 != 0)
                pthread_mutex_unlock(&locks[i]);
        for (int i = 0; i < N; i += 3)
            pthread_mutex_unlock(&locks[i]);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[4];

    for (int i = 0; i < N; i++)
        pthread_mutex_init(&locks[i], NULL);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
