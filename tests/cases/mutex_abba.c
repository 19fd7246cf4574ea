// expect: deadlock error certain threads=2 locks=a,b
// stderr-has: T2 (worker, tid
// stderr-has: created by T1 at mutex_abba.c:3

// Two threads acquire two mutexes in opposite orders. For locks of other kinds: tests/kinds/abba.c.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t a, b;
static pthread_barrier_t both;

static void *worker(void *swap)
{
    pthread_mutex_t *first = swap != NULL ? &b : &a;
    pthread_mutex_t *second = first == &a ? &b : &a;

    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(first);
        pthread_barrier_wait(&both);
        pthread_mutex_lock(second);
        pthread_mutex_unlock(second);
        pthread_mutex_unlock(first);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    pthread_mutex_init(&a, NULL);
    pthread_mutex_init(&b, NULL);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, worker, NULL);
    pthread_create(&threads[1], NULL, worker, &both);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
