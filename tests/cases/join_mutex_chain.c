// expect: deadlock error certain threads=3

// The cycle goes by way of a third: main joins one that joins another, and this one needs what main holds.
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *needs_lock(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *manager(void *arg)
{
    pthread_t thread;

    pthread_create(&thread, NULL, needs_lock, NULL);
    pthread_join(thread, NULL);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, manager, NULL);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&m);
    return 0;
}
