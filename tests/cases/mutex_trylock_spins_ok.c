// expect: none

// A thread that holds what another waits for, and polls a third mutex with trylock: it never blocks.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *polls(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    for (int i = 0; i < 50 && pthread_mutex_trylock(&b) != 0; i++)
        usleep(5000);
    pthread_mutex_unlock(&a);
    return arg;
}

static void *waits(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, polls, NULL);
    pthread_create(&threads[1], NULL, waits, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
