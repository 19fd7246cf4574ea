// expect: none

// A chain of waiters, not a cycle: each holds what the one before wants, and the last of them reads a pipe.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#define N 8

static pthread_mutex_t locks[N];
static pthread_barrier_t all;
static int ends[2];

static void *link_in(void *arg)
{
    int i = (int)(intptr_t)arg;
    char byte;

    pthread_mutex_lock(&locks[i]);
    pthread_barrier_wait(&all);
    if (i + 1 < N) {
        pthread_mutex_lock(&locks[i + 1]);
        pthread_mutex_unlock(&locks[i + 1]);
    } else if (read(ends[0], &byte, 1) != 1) {
        _exit(1);
    }
    pthread_mutex_unlock(&locks[i]);
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    if (pipe(ends) != 0)
        return 1;
    pthread_barrier_init(&all, NULL, N + 1);
    for (int i = 0; i < N; i++)
        pthread_mutex_init(&locks[i], NULL);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, link_in, (void *)(intptr_t)i);
    pthread_barrier_wait(&all);
    usleep(500000);
    if (write(ends[1], "x", 1) != 1)
        return 1;
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
