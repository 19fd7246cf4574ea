// expect: deadlock error certain threads=2 locks=a,b

// Two threads take two mutexes in opposite orders. The files mutex_abba_KIND.c are this one with mutexes of
// another kind; with ORDERED both threads keep to one order.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#ifndef SET_KIND
#define SET_KIND(attr) pthread_mutexattr_settype(attr, PTHREAD_MUTEX_NORMAL)
#endif
#ifndef ORDERED
#define ORDERED 0
#endif

static pthread_mutex_t a, b;
static pthread_barrier_t both;

static void *worker(void *swap)
{
    pthread_mutex_t *first = swap && !ORDERED ? &b : &a;
    pthread_mutex_t *second = first == &a ? &b : &a;

    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(first);
        if (!ORDERED)
            pthread_barrier_wait(&both);
        pthread_mutex_lock(second);
        pthread_mutex_unlock(second);
        pthread_mutex_unlock(first);
    }
    return NULL;
}

int main(void)
{
    pthread_mutexattr_t attr;
    pthread_t threads[2];

    pthread_mutexattr_init(&attr);
    SET_KIND(&attr);
    if (pthread_mutex_init(&a, &attr) != 0 || pthread_mutex_init(&b, &attr) != 0)
        return 1;
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, worker, NULL);
    pthread_create(&threads[1], NULL, worker, &both);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
