// expect: deadlock error certain threads=2 locks=last,locks[99]
// json: len([h for t in f["threads"] for h in t["holds"]]) == 101

// One thread holds three hundred mutexes and releases two hundred of them, in no order; another wants one of
// those that are left.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#define N 300

static pthread_mutex_t locks[N];
static pthread_mutex_t last = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *collector(void *arg)
{
    for (int i = 0; i < N; i++)
        pthread_mutex_lock(&locks[i]);
    for (int i = 0; i < N; i++)
        if (i % 3 != 0)
            pthread_mutex_unlock(&locks[(i * 7) % N]);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&last);
    return arg;
}

static void *backward(void *arg)
{
    pthread_mutex_lock(&last);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&locks[99]);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    for (int i = 0; i < N; i++)
        pthread_mutex_init(&locks[i], NULL);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, collector, NULL);
    pthread_create(&threads[1], NULL, backward, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
