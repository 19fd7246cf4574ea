// expect: deadlock error certain threads=2
// json: [l["kind"] for l in f["locks"]] == ["mutex", "mutex"]
// json: all(any(fr["function"] == "main" for fr in l["created"]) for l in f["locks"])

// Mutexes in memory from malloc: no symbol names them, the place of their creation does.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

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
    struct pair *pair = malloc(sizeof *pair);
    pthread_t thread;

    pthread_mutex_init(&pair->first, NULL);
    pthread_mutex_init(&pair->second, NULL);
    pthread_barrier_init(&pair->both, NULL, 2);
    pthread_create(&thread, NULL, backward, pair);
    pthread_mutex_lock(&pair->first);
    pthread_barrier_wait(&pair->both);
    pthread_mutex_lock(&pair->second);
    return 0;
}
