// expect: deadlock error certain threads=1 locks=m
// exit: 0

// A thread waits for itself while others, which never need the mutex, work on to the end.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *stuck(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_lock(&m);
    return arg;
}

static void *works(void *arg)
{
    for (int i = 0; i < 100; i++)
        usleep(3000);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_create(&threads[0], NULL, stuck, NULL);
    pthread_create(&threads[1], NULL, works, NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
