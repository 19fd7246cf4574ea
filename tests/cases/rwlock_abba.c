// expect: deadlock error certain threads=2 locks=a,b

// Two read-write locks, both asked for to write, in opposite orders.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#ifndef ORDERED
#define ORDERED 0
#endif

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER, b = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both;

static void *worker(void *swap)
{
    pthread_rwlock_t *first = swap && !ORDERED ? &b : &a;
    pthread_rwlock_t *second = first == &a ? &b : &a;

    for (int i = 0; i < 200; i++) {
        pthread_rwlock_wrlock(first);
        if (!ORDERED)
            pthread_barrier_wait(&both);
        pthread_rwlock_wrlock(second);
        pthread_rwlock_unlock(second);
        pthread_rwlock_unlock(first);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, worker, NULL);
    pthread_create(&threads[1], NULL, worker, &both);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
