// expect: deadlock error certain threads=2
// json: [l["kind"] for l in f["locks"]] == ["mutex", "mutex"]

// Mutexes on the stack of main, one with an initializer and one with init.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

struct pair {
    pthread_mutex_t first, second;
    pthread_barrier_t both;
};

static void *backward(void *arg)
{
    struct pair *pair = arg;

    pthread_mutex_lock(&pair->second);
    pthread_barrier_wait(&pair->both);
    pthread_mutex_lock(&pair->first);
    return NULL;
}

int main(void)
{
    struct pair pair = {.first = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;

    pthread_mutex_init(&pair.second, NULL);
    pthread_barrier_init(&pair.both, NULL, 2);
    pthread_create(&thread, NULL, backward, &pair);
    pthread_mutex_lock(&pair.first);
    pthread_barrier_wait(&pair.both);
    pthread_mutex_lock(&pair.second);
    return 0;
}
