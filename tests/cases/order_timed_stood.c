// expect: lock-order note timed threads=2 locks=a,b
// json: "a and b acquired in both orders, with a time-out, which broke a deadlock after " in f["message"]
// json: all(t["waits"]["timed"] for t in f["threads"])

// Each of two threads holds what the other one wants, until the time of one of them runs out.
#include "tests/order.h"
#include <pthread.h>
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static struct timespec in_milliseconds(long ms)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void *one(void *unused)
{
    pthread_mutex_lock(&a);
    step();
    await_waiters(&a, 1);
    struct timespec soon = in_milliseconds(150);
    pthread_mutex_timedlock(&b, &soon);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *two(void *unused)
{
    struct timespec late = in_milliseconds(100000);
    pthread_mutex_lock(&b);
    await_step(1);
    pthread_mutex_timedlock(&a, &late);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

static void *(*const routines[])(void *) = {one, two};

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
