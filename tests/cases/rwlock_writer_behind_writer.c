// expect: deadlock error certain threads=2 locks=m,rw
// json: all(t["name"] != "bystander" for t in f["threads"])

// A writer that waits behind a reader that waits behind a writer: the first writer wants the mutex that the
// last one holds. The reader between them is only a bystander.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all;

static void *writes(void *arg)
{
    pthread_rwlock_wrlock(&rw);
    pthread_barrier_wait(&all);
    await_waiters(&rw, 2);
    pthread_mutex_lock(&m);
    return arg;
}

static void *reads(void *arg)
{
    pthread_setname_np(pthread_self(), "bystander");
    pthread_barrier_wait(&all);
    pthread_rwlock_rdlock(&rw);
    return arg;
}

static void *writes_later(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&all);
    await_waiters(&rw, 1);
    pthread_rwlock_wrlock(&rw);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {writes, reads, writes_later};
    pthread_t threads[3];

    pthread_barrier_init(&all, NULL, 3);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, roles[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
