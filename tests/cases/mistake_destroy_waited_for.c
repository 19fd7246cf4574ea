// expect: destroy-in-use warning threads=2 locks=full
// expect: destroy-in-use warning threads=2 locks=m,c
// expect: destroy-in-use warning threads=2 locks=c
// expect: destroy-in-use warning threads=2 locks=b
// json: all(len(t["waits"]["stack"]) > 0 for f in doc["findings"] for t in f["threads"])

// Destroyed while a thread waits there: a semaphore, a condition and its mutex, a barrier. libc itself waits until the
// condition's waiter has left, which it does by its time-out; what becomes of the barrier's waiter nobody can say.
#include "tests/order.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t b;
static sem_t full;

static void *at_semaphore(void *arg)
{
    sem_wait(&full);
    return arg;
}

static void *at_condition(void *arg)
{
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_sec += 2;
    pthread_mutex_lock(&m);
    pthread_cond_timedwait(&c, &m, &soon);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *at_barrier(void *arg)
{
    pthread_barrier_wait(&b);
    return arg;
}

static void *destroyer(void *arg)
{
    pthread_barrier_destroy(&b);
    return arg;
}

int main(void)
{
    pthread_t thread[4];

    sem_init(&full, 0, 0);
    pthread_barrier_init(&b, NULL, 2);
    pthread_create(&thread[0], NULL, at_semaphore, NULL);
    pthread_create(&thread[1], NULL, at_condition, NULL);
    pthread_create(&thread[2], NULL, at_barrier, NULL);
    await_waiters(&full, 1);
    await_waiters(&c, 1);
    await_waiters(&b, 1);
    if (pthread_mutex_destroy(&m) != EBUSY)
        return 1;
    sem_destroy(&full);
    pthread_cond_destroy(&c);
    pthread_create(&thread[3], NULL, destroyer, NULL);
    pthread_join(thread[1], NULL);
    usleep(100000);
    return 0;
}
