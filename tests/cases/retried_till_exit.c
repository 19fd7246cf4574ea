// expect: deadlock note went-on threads=2 locks=a,b
// exit: 0
// limit: 20

// Two threads try for each other's lock for some seconds; then both give up, and nobody waits any more. That is seen
// when the process ends, at the latest.
#include "tests/order.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void try(pthread_mutex_t *have, pthread_mutex_t *want)
{
    pthread_mutex_lock(have);
    step();
    await_step(2);
    int i = 0;
    while (i < 350 && pthread_mutex_trylock(want) != 0)
        usleep(10000), i++;
    if (i < 350)
        pthread_mutex_unlock(want);
    pthread_mutex_unlock(have);
}

static void *other(void *arg)
{
    try(&b, &a);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, other, NULL);
    try(&a, &b);
    pthread_join(thread, NULL);
    return 0;
}
