// expect: deadlock error certain threads=2 locks=a,b
// exit: 3
// stderr-has: deadlock

// Threads with the smallest stack there is contend, hold many locks, and two of them deadlock.
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t many[40];
static pthread_barrier_t met;

static void *contend(void *arg)
{
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 40; i++)
            pthread_mutex_lock(&many[i]);
        usleep(100);
        for (int i = 0; i < 40; i++)
            pthread_mutex_unlock(&many[i]);
    }
    return arg;
}

static void *left(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&b);
    return arg;
}

static void *right(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&a);
    return arg;
}

int main(void)
{
    pthread_t threads[8], pair[2];
    pthread_attr_t small;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, (size_t)PTHREAD_STACK_MIN);
    pthread_barrier_init(&met, NULL, 2);
    for (int i = 0; i < 40; i++)
        pthread_mutex_init(&many[i], NULL);
    for (int i = 0; i < 8; i++)
        if (pthread_create(&threads[i], &small, contend, NULL) != 0)
            return 1;
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    if (pthread_create(&pair[0], &small, left, NULL) != 0 || pthread_create(&pair[1], &small, right, NULL) != 0)
        return 1;
    sleep(1);
    return 3;
}
