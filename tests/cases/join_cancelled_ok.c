// expect: none

// A thread is cancelled while it is blocked in a join under a lock; its cleanup handler lets go of the lock,
// and the one it was joining can be joined by another.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_t worker_thread;

static void release(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void *worker(void *arg)
{
    usleep(300000);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *joiner(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(release, &m);
    pthread_join(worker_thread, NULL);
    pthread_cleanup_pop(1);
    return arg;
}

int main(void)
{
    pthread_t thread;
    void *result;

    pthread_create(&worker_thread, NULL, worker, NULL);
    pthread_create(&thread, NULL, joiner, NULL);
    await_joiners(worker_thread, 1);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    pthread_join(worker_thread, NULL);
    return result == PTHREAD_CANCELED ? 0 : 1;
}
