// expect: none

// A recursive mutex taken five times over by its owner, while another thread waits for the end of it.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void nest(int depth)
{
    pthread_mutex_lock(&m);
    if (depth > 0)
        nest(depth - 1);
    else
        usleep(50000);
    pthread_mutex_unlock(&m);
}

static void *other(void *arg)
{
    nest(2);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, other, NULL);
    nest(5);
    pthread_mutex_unlock(&m);
    pthread_join(thread, NULL);
    return 0;
}
