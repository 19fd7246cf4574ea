// expect: none

// A thread is cancelled in a condition wait. It has the mutex back when its cleanup handler runs, which
// gives it up, and others can go on.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int cleaned;

static void release(void *mutex)
{
    cleaned++;
    pthread_mutex_unlock(mutex);
}

static void *waiter(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(release, &m);
    for (;;)
        pthread_cond_wait(&never, &m);
    pthread_cleanup_pop(1);
    return arg;
}

int main(void)
{
    pthread_t threads[3];
    void *result;

    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, waiter, NULL);
    await_waiters(&never, 3);
    pthread_mutex_lock(&m);
    for (int i = 0; i < 3; i++)
        pthread_cancel(threads[i]);
    pthread_mutex_unlock(&m);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], &result);
        if (result != PTHREAD_CANCELED)
            return 1;
    }
    return cleaned == 3 ? 0 : 1;
}
