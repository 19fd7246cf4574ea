// expect: none

// All who ever signalled have ended, and main waits: but a thread that never signalled makes new ones that
// do.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t served = PTHREAD_COND_INITIALIZER;
static int count;

static void *serve(void *arg)
{
    pthread_mutex_lock(&m);
    count++;
    pthread_cond_signal(&served);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *acceptor(void *arg)
{
    pthread_t thread;

    for (int i = 0; i < 4; i++) {
        pthread_create(&thread, NULL, serve, NULL);
        pthread_join(thread, NULL);
        usleep(120000);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, acceptor, NULL);
    pthread_mutex_lock(&m);
    while (count < 4)
        pthread_cond_wait(&served, &m);
    pthread_mutex_unlock(&m);
    pthread_join(thread, NULL);
    return 0;
}
