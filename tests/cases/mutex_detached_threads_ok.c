// expect: none

// Detached threads come and go, some detached by themselves, while main looks at the counter they share.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#define THREADS 50

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int ended;

static void *worker(void *by_itself)
{
    if (by_itself)
        pthread_detach(pthread_self());
    pthread_mutex_lock(&m);
    ended++;
    pthread_mutex_unlock(&m);
    return NULL;
}

static int all_ended(void)
{
    int all;

    pthread_mutex_lock(&m);
    all = ended == THREADS;
    pthread_mutex_unlock(&m);
    return all;
}

int main(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread, i % 2 ? &attr : NULL, worker, i % 2 ? NULL : &m);
    while (!all_ended())
        usleep(1000);
    return 0;
}
