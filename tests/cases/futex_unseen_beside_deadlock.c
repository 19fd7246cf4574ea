// expect: deadlock error certain threads=2 locks=a,b
// stderr-has: is blocked in a futex call that lockwatch did not see; it may be part of this.
// report-has: in a futex call that lockwatch did not see
// json: sorted(t["state"] for t in doc["threads"]) == ["futex", "waiting", "waiting", "waiting"]

// Two threads lock each other out; a third one waits in a futex call that lockwatch does not see, but the kernel tells
// that it sleeps.
#define _GNU_SOURCE
#include "futex_unseen.h"
#include "tests/order.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static int never;

static void *waiter(void *arg)
{
    for (;;)
        futex_wait_unseen(&never, 0);
    return arg;
}

static void cross(pthread_mutex_t *first, pthread_mutex_t *second)
{
    pthread_mutex_lock(first);
    step();
    await_step(2);
    await_waiters(&never, 1);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

static void *one(void *arg)
{
    cross(&a, &b);
    return arg;
}

static void *two(void *arg)
{
    cross(&b, &a);
    return arg;
}

int main(void)
{
    pthread_t threads[3];

    pthread_create(&threads[0], NULL, waiter, NULL);
    pthread_create(&threads[1], NULL, one, NULL);
    pthread_create(&threads[2], NULL, two, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
