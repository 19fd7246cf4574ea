// expect: exit-holding note threads=1 locks=m
// stdout-same: yes

// The owner of a robust mutex dies while another thread waits: that one is woken with EOWNERDEAD.
#define _GNU_SOURCE
#include "tests/order.h"
#include <errno.h>
#include <pthread.h>

static pthread_mutex_t m;
static pthread_barrier_t both;

static void *forgetful(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&both);
    await_waiters(&m, 1);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attr;
    pthread_t thread;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&m, &attr);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, forgetful, NULL);
    pthread_barrier_wait(&both);
    if (pthread_mutex_lock(&m) != EOWNERDEAD)
        return 1;
    pthread_mutex_consistent(&m);
    pthread_mutex_unlock(&m);
    pthread_join(thread, NULL);
    return 0;
}
