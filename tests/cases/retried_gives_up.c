// expect: deadlock note went-on threads=2 locks=a,b
// exit: 0
// limit: 20
// stderr-has: not a deadlock: T

// A thread tries for a lock for some seconds, keeping another one that the owner waits for; then it gives up. While it
// tried, nothing said that it would.
#include "tests/order.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *tries(void *arg)
{
    pthread_mutex_lock(&a);
    step();
    await_step(2);
    for (int i = 0; i < 800 && pthread_mutex_trylock(&b) != 0; i++)
        usleep(10000);
    pthread_mutex_unlock(&a);
    return arg;
}

static void *waits(void *arg)
{
    pthread_mutex_lock(&b);
    step();
    await_step(2);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_create(&threads[0], NULL, tries, NULL);
    pthread_create(&threads[1], NULL, waits, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
