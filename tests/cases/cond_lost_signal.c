// expect: deadlock error certain threads=1

// The signal comes before the wait, and the wait asks nobody whether it is still needed. A condition keeps
// nothing.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#ifndef LOOK_FIRST
#define LOOK_FIRST 0
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int is_ready;

static void *worker(void *arg)
{
    pthread_mutex_lock(&m);
    is_ready = 1;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&m);
    if (!LOOK_FIRST || !is_ready)
        pthread_cond_wait(&ready, &m);
    pthread_mutex_unlock(&m);
    return 0;
}
