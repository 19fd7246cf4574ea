// expect: deadlock error certain threads=3 locks=m,rw

// On a lock that prefers writers: one reads and wants the mutex; its holder wants to read, but waits behind
// a writer, which waits for the first.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#ifndef INITIALIZER
#define INITIALIZER PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP
#endif

static pthread_rwlock_t rw = INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all;

static void *reads_first(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    pthread_barrier_wait(&all);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *writes(void *arg)
{
    pthread_barrier_wait(&all);
    pthread_rwlock_wrlock(&rw);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *reads_last(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&all);
    for (int i = 0; i < 200 && pthread_rwlock_tryrdlock(&rw) == 0; i++) { /* until a writer waits */
        pthread_rwlock_unlock(&rw);
        usleep(1000);
    }
    pthread_rwlock_rdlock(&rw);
    pthread_rwlock_unlock(&rw);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {reads_first, writes, reads_last};
    pthread_t threads[3];

    pthread_barrier_init(&all, NULL, 3);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
