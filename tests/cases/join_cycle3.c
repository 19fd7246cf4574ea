// expect: deadlock error certain threads=3

// Three threads join each other in a cycle.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#define N 3

static pthread_t threads[N];
static pthread_barrier_t known;

static void *joins_next(void *arg)
{
    char name[16] = "joiner-0";

    name[7] += (char)(intptr_t)arg;
    pthread_setname_np(pthread_self(), name);
    pthread_barrier_wait(&known);
    pthread_join(threads[((intptr_t)arg + 1) % N], NULL);
    return NULL;
}

int main(void)
{
    pthread_barrier_init(&known, NULL, N + 1);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, joins_next, (void *)(intptr_t)i);
    pthread_barrier_wait(&known);
    for (;;)
        pause();
}
