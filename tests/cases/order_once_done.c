// expect: lock-order warning threads=2 locks=a,once

// The routine acquires A. Another thread calls pthread_once while holding A, when the routine is done: a moment earlier
// it would have waited for it.
#include "tests/order.h"
#include <pthread.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
}

static void *one(void *unused)
{
    pthread_once(&once, initialise);
    step();
    return unused;
}

static void *two(void *unused)
{
    await_step(1);
    pthread_mutex_lock(&a);
    pthread_once(&once, initialise);
    pthread_mutex_unlock(&a);
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
