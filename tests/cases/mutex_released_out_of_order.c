// expect: deadlock error certain threads=2 locks=b,c

// The outer mutex is released before the inner one: b is still held when c is asked for, a is not.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *steps(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&a);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&c);
    return arg;
}

static void *backward(void *arg)
{
    pthread_mutex_lock(&c);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_lock(&b);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, steps, NULL);
    pthread_create(&threads[1], NULL, backward, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
