// expect: exit-holding note threads=1 locks=m

// A thread ends while it holds a robust mutex. Who gets that next, as EOWNERDEAD, knows by it that the thread has
// ended, and joins it while holding the mutex: the one cannot wait for the other. A mutex that the thread released
// before would be another matter (wait_holding_join).
#define _GNU_SOURCE
#include "tests/order.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static pthread_mutex_t m;
static atomic_int is_held;

static void *owner(void *arg)
{
    pthread_mutex_lock(&m);
    is_held = 1;
    await_waiters(&m, 1);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attributes;
    pthread_t thread;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&m, &attributes);
    pthread_create(&thread, NULL, owner, NULL);
    while (!is_held)
        usleep(1000);
    if (pthread_mutex_lock(&m) != EOWNERDEAD)
        return 1;
    pthread_join(thread, NULL);
    pthread_mutex_consistent(&m);
    pthread_mutex_unlock(&m);
    return 0;
}
