// expect: deadlock warning likely threads=2 locks=m,thread
// report-has: can still be cancelled

// A thread joins another while it holds a mutex that the other one needs. A watchdog runs beside them, and the
// program has pthread_cancel: it could still cancel the join, so this is likely, and not certain. With
// -DAFTER=N it does so after N ms (join_cancellable_ok), and the mutex is released.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#ifndef AFTER
#define AFTER 3600000
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static atomic_int is_held;
static pthread_t first, second;

static void release(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void *needs(void *arg)
{
    while (!is_held)
        usleep(1000);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *joins(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(release, &m);
    is_held = 1;
    pthread_join(second, NULL);
    pthread_cleanup_pop(1);
    return arg;
}

int main(void)
{
    pthread_create(&second, NULL, needs, NULL);
    pthread_create(&first, NULL, joins, NULL);
    for (int i = 0; i < AFTER; i++)
        usleep(1000);
    pthread_cancel(first);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    return 0;
}
