// expect: lock-order warning threads=2 locks=a,b

// The same, but three threads use the barrier of two: it may be the third that lets the second one go.
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
    ab();
    pthread_barrier_wait(&meet);
    step();
    return unused;
}

static void *two(void *unused)
{
    pthread_barrier_wait(&meet);
    await_step(1);
    ba();
    pthread_barrier_wait(&meet);
    return unused;
}

static void *three(void *unused)
{
    await_step(1);
    pthread_barrier_wait(&meet);
    return unused;
}

static void *(*const routines[])(void *) = {one, two, three};

int main(void)
{
    pthread_t threads[3];
    pthread_barrier_init(&meet, NULL, 2);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
