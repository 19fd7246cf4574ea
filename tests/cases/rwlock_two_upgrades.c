// expect: deadlock error certain threads=2 locks=rw

// Two readers both ask for the write lock, and each waits for the other to stop reading.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#ifndef LET_GO
#define LET_GO 0
#endif

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both;
static int writes;

static void *upgrader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    pthread_barrier_wait(&both);
    if (LET_GO)
        pthread_rwlock_unlock(&rw);
    pthread_rwlock_wrlock(&rw);
    writes++;
    pthread_rwlock_unlock(&rw);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, upgrader, NULL);
    pthread_create(&threads[1], NULL, upgrader, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return writes == 2 ? 0 : 1;
}
