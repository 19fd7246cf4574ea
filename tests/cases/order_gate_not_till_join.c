// expect: lock-order warning threads=2 locks=a,b

// The gate is released before the join.
#include "tests/order.h"
#include <pthread.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, gate = PTHREAD_MUTEX_INITIALIZER;

static void *child(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    step();
    return unused;
}

static void ba(void)
{
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

static void *parent(void *unused)
{
    pthread_t thread;
    pthread_mutex_lock(&gate);
    pthread_create(&thread, NULL, child, NULL);
    pthread_mutex_unlock(&gate);
    pthread_join(thread, NULL);
    return unused;
}

static void *other(void *unused)
{
    await_step(1); /* else the two orders may meet, and the program hangs as is warned of */
    pthread_mutex_lock(&gate);
    ba();
    pthread_mutex_unlock(&gate);
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_create(&one, NULL, parent, NULL);
    pthread_create(&two, NULL, other, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
