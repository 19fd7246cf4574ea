// expect: none

// Five wait, and the one who will wake them all, for the first time, sleeps for a while with
// their mutex held.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int is_ready;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&m);
    while (!is_ready)
        pthread_cond_wait(&ready, &m);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[5];

    for (int i = 0; i < 5; i++)
        pthread_create(&threads[i], NULL, waiter, NULL);
    usleep(300000);
    pthread_mutex_lock(&m);
    is_ready = 1;
    pthread_cond_broadcast(&ready);
    usleep(200000);
    pthread_mutex_unlock(&m);
    for (int i = 0; i < 5; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
