// expect: deadlock error certain threads=2 locks=m,thread

// A thread is joined under a lock that it needs before it can end.
#include <pthread.h>
#include <stddef.h>

#ifndef UNDER_LOCK
#define UNDER_LOCK 1
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *worker(void *arg)
{
    pthread_mutex_lock(&m);
    count++;
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, worker, NULL);
    if (UNDER_LOCK)
        pthread_join(thread, NULL);
    pthread_mutex_unlock(&m);
    if (!UNDER_LOCK)
        pthread_join(thread, NULL);
    return count == 1 ? 0 : 1;
}
