// expect: lock-order note timed threads=2 locks=a,b
// json: "broke" not in f["message"]

// One thread gives up on b while it holds a, but the owner of b does not wait for a then: that comes later.
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
    await_step(1);
    struct timespec soon = in_milliseconds(20);
    pthread_mutex_timedlock(&b, &soon);
    pthread_mutex_unlock(&a);
    step();
    return unused;
}

static void *two(void *unused)
{
    pthread_mutex_lock(&b);
    step();
    await_step(2);
    pthread_mutex_lock(&a);
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
