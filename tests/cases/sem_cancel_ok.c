// expect: wait-holding note single-thread threads=2 locks=m,s

// A thread is cancelled while it is blocked in sem_wait, holding a mutex. Its cleanup handler releases the
// mutex, so that main and a third thread can go on, and main's own post later finds nobody waiting.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t s;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void release(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void *blocked(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(release, &m);
    pthread_barrier_wait(&both);
    sem_wait(&s);
    pthread_cleanup_pop(1);
    return arg;
}

static void *other(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_t threads[2];
    void *result;

    sem_init(&s, 0, 0);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, blocked, NULL);
    pthread_barrier_wait(&both);
    pthread_create(&threads[1], NULL, other, NULL);
    await_waiters(&s, 1);
    await_waiters(&m, 1);
    pthread_cancel(threads[0]);
    pthread_join(threads[0], &result);
    pthread_join(threads[1], NULL);
    pthread_mutex_lock(&m);
    sem_post(&s);
    sem_wait(&s);
    pthread_mutex_unlock(&m);
    return result == PTHREAD_CANCELED ? 0 : 1;
}
