// expect: deadlock error certain threads=2 locks=a,b
// expect: spin-blocked note threads=1 locks=both

// Two spinlocks in opposite orders: both threads run, and neither gets on.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#ifndef ORDERED
#define ORDERED 0
#endif

static pthread_spinlock_t a, b;
static pthread_barrier_t both;

static void *worker(void *swap)
{
    pthread_spinlock_t *first = swap && !ORDERED ? &b : &a;
    pthread_spinlock_t *second = first == &a ? &b : &a;

    for (int i = 0; i < 200; i++) {
        pthread_spin_lock(first);
        if (!ORDERED)
            pthread_barrier_wait(&both);
        pthread_spin_lock(second);
        pthread_spin_unlock(second);
        pthread_spin_unlock(first);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    pthread_spin_init(&a, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&b, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, worker, NULL);
    pthread_create(&threads[1], NULL, worker, &both);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
