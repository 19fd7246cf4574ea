// expect: none

// Readers in opposite orders do not exclude each other, whatever the kind of lock, as long as no writer
// waits.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t b = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_barrier_t both;

static void *worker(void *swap)
{
    for (int i = 0; i < 200; i++) {
        pthread_rwlock_rdlock(swap ? &b : &a);
        pthread_barrier_wait(&both);
        pthread_rwlock_rdlock(swap ? &a : &b);
        pthread_rwlock_unlock(&a);
        pthread_rwlock_unlock(&b);
        pthread_barrier_wait(&both);
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
