// expect: none

// The same on locks of the two other kinds, which let a reader pass a waiting writer: PREFER_READER does by
// right, PREFER_WRITER because glibc takes it for the former.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t rw;
static pthread_barrier_t both;

static void *reader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    pthread_barrier_wait(&both);
    await_waiters(&rw, 1);
    pthread_rwlock_rdlock(&rw);
    pthread_rwlock_unlock(&rw);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *writer(void *arg)
{
    pthread_barrier_wait(&both);
    pthread_rwlock_wrlock(&rw);
    pthread_rwlock_unlock(&rw);
    return arg;
}

int main(void)
{
    const int kinds[] = {PTHREAD_RWLOCK_PREFER_READER_NP, PTHREAD_RWLOCK_PREFER_WRITER_NP};
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++) {
        pthread_rwlockattr_t attr;

        pthread_rwlockattr_init(&attr);
        pthread_rwlockattr_setkind_np(&attr, kinds[i]);
        pthread_rwlock_init(&rw, &attr);
        pthread_create(&threads[0], NULL, reader, NULL);
        pthread_create(&threads[1], NULL, writer, NULL);
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
        pthread_rwlock_destroy(&rw);
    }
    return 0;
}
