/*
 * Two threads that acquire a and b in both orders, one after the other: a warning, unless what the test says with
 * lockwatch.h takes it back. It defines FIRST and SECOND, what the threads do, with PAIR(x, y).
 */
#include "include/lockwatch.h"
#include "tests/order.h"
#include <pthread.h>

__attribute__((unused)) static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
__attribute__((unused)) static int gate, other, job, jobs;

__attribute__((unused)) static void lock_both(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}
#define PAIR(outer, inner) lock_both(&(outer), &(inner));

static void *first(void *arg)
{
    FIRST
    step();
    return arg;
}

static void *second(void *arg)
{
    await_step(1);
    SECOND
    return arg;
}

int main(void)
{
    pthread_t thread[2];
    pthread_create(&thread[0], NULL, first, NULL);
    pthread_create(&thread[1], NULL, second, NULL);
    pthread_join(thread[0], NULL);
    pthread_join(thread[1], NULL);
    return 0;
}
