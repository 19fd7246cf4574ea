// expect: none

// The thread that runs the routine is cancelled in it: the once counts as not yet done, and the one who
// waited runs the routine itself.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static pthread_once_t control = PTHREAD_ONCE_INIT;
static atomic_int runs;

static void routine(void)
{
    if (++runs == 1)
        for (;;)
            pause();
}

static void *caller(void *arg)
{
    pthread_once(&control, routine);
    return arg;
}

int main(void)
{
    pthread_t threads[2];
    void *result;

    pthread_create(&threads[0], NULL, caller, NULL);
    while (runs == 0)
        usleep(1000);
    pthread_create(&threads[1], NULL, caller, NULL);
    await_waiters(&control, 1);
    pthread_cancel(threads[0]);
    pthread_join(threads[0], &result);
    pthread_join(threads[1], NULL);
    return runs == 2 && result == PTHREAD_CANCELED ? 0 : 1;
}
