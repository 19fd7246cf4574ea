// expect: lock-order warning threads=2 locks=a,b

// A before B by forty threads, each joined before the next is created, and by one more that lives beside the thread
// which takes B before A.
#include "tests/order.h"
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void ab(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
}

static void ba(void)
{
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

static void *first(void *unused)
{
    ab();
    return unused;
}

static void *last(void *unused)
{
    ab();
    step();
    await_step(2);
    return unused;
}

static void *other(void *unused)
{
    await_step(1);
    ba();
    step();
    return unused;
}

int main(void)
{
    pthread_t one, two;
    for (int i = 0; i < 40; i++) {
        pthread_create(&one, NULL, first, NULL);
        pthread_join(one, NULL);
    }
    pthread_create(&one, NULL, last, NULL);
    pthread_create(&two, NULL, other, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
