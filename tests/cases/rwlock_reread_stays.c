// expect: deadlock error certain threads=2 locks=model
// limit: 8

// A reader reads again behind a writer that waits. Nothing that lockwatch does about a wait that takes long may let
// one of them pass: the deadlock stands for as long as without it.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>

static pthread_rwlock_t model;

static void *reads(void *arg)
{
    pthread_rwlock_rdlock(&model);
    step();
    await_waiters(&model, 1);
    pthread_rwlock_rdlock(&model);
    return arg;
}

static void *writes(void *arg)
{
    await_step(1);
    pthread_rwlock_wrlock(&model);
    return arg;
}

int main(void)
{
    pthread_rwlockattr_t attributes;
    pthread_t thread[2];

    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&model, &attributes);
    pthread_create(&thread[0], NULL, reads, NULL);
    pthread_create(&thread[1], NULL, writes, NULL);
    pthread_join(thread[0], NULL);
    pthread_join(thread[1], NULL);
    return 0;
}
