// expect: deadlock error certain threads=1 locks=m

// exit, called with a lock held, runs a handler that wants the same lock.
#include <pthread.h>
#include <stdlib.h>

#ifndef HOLDING
#define HOLDING 1
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void flush(void)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
}

int main(void)
{
    atexit(flush);
    pthread_mutex_lock(&m);
    if (!HOLDING)
        pthread_mutex_unlock(&m);
    exit(5);
}
