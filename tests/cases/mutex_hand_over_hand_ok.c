// expect: none

// Four walk along a list, hand over hand, all in one direction.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#define N 32

static struct {
    pthread_mutex_t lock;
    int visits;
} nodes[N];

static void *walk(void *arg)
{
    for (int round = 0; round < 100; round++) {
        pthread_mutex_lock(&nodes[0].lock);
        for (int i = 1; i < N; i++) {
            pthread_mutex_lock(&nodes[i].lock);
            nodes[i].visits++;
            pthread_mutex_unlock(&nodes[i - 1].lock);
        }
        pthread_mutex_unlock(&nodes[N - 1].lock);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[4];

    for (int i = 0; i < N; i++)
        pthread_mutex_init(&nodes[i].lock, NULL);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, walk, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return nodes[N - 1].visits == 400 ? 0 : 1;
}
