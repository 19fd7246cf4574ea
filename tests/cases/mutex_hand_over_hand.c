// expect: deadlock error certain threads=2 locks=nodes[3],nodes[4]

// Two walk along a list, hand over hand, from its two ends, and meet in the middle.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#define N 8

static pthread_mutex_t nodes[N];
static pthread_barrier_t met;

static void walk(int from, int step, int steps)
{
    pthread_mutex_lock(&nodes[from]);
    for (int i = 0; i < steps; i++, from += step) {
        if (i == N / 2 - 1)
            pthread_barrier_wait(&met);
        pthread_mutex_lock(&nodes[from + step]);
        pthread_mutex_unlock(&nodes[from]);
    }
    pthread_mutex_unlock(&nodes[from]);
}

static void *rightward(void *arg)
{
    walk(0, 1, N - 1);
    return arg;
}

static void *leftward(void *arg)
{
    walk(N - 1, -1, N - 1);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    for (int i = 0; i < N; i++)
        pthread_mutex_init(&nodes[i], NULL);
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&threads[0], NULL, rightward, NULL);
    pthread_create(&threads[1], NULL, leftward, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
