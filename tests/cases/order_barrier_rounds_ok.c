// expect: lock-order note ordered threads=2 locks=a,b

// A round between them, after one of no matter.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meet;

static void ab(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
}

static void ba(void)
{
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

static void *one(void *unused)
{
    pthread_barrier_wait(&meet);
    ab();
    pthread_barrier_wait(&meet);
    return unused;
}

static void *two(void *unused)
{
    pthread_barrier_wait(&meet);
    pthread_barrier_wait(&meet);
    ba();
    return unused;
}

static void *(*const routines[])(void *) = {one, two};

int main(void)
{
    pthread_t threads[2];
    pthread_barrier_init(&meet, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
