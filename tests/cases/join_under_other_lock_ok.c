// expect: none

// A slow thread is joined under a lock that it needed before, and does not need any more.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *worker(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    pthread_barrier_wait(&both);
    usleep(300000);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&m);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&m);
    return 0;
}
