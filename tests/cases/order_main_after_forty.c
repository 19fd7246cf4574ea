// expect: lock-order warning threads=2 locks=a,b

// The main thread takes A before B between forty threads that it creates and joins, and once more beside the thread
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

static void *nothing(void *unused)
{
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
    pthread_t one;
    for (int i = 0; i < 40; i++) {
        ab();
        pthread_create(&one, NULL, nothing, NULL);
        pthread_join(one, NULL);
    }
    pthread_create(&one, NULL, other, NULL);
    ab();
    step();
    await_step(2);
    pthread_join(one, NULL);
    return 0;
}
