// expect: none

// The thread gives the mutex back as its last act, when the other one waits for it already.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *orderly(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    usleep(100000);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, orderly, NULL);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&m);
    pthread_join(thread, NULL);
    return 0;
}
