// expect: none

// The third is main, and comes late, under a lock that the others do not need.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meet;

static void *party(void *arg)
{
    pthread_barrier_wait(&meet);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&meet, NULL, 3);
    pthread_create(&threads[0], NULL, party, NULL);
    pthread_create(&threads[1], NULL, party, NULL);
    usleep(400000);
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&meet);
    pthread_mutex_unlock(&m);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
