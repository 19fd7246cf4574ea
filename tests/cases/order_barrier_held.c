// expect: lock-order warning threads=2 locks=a,b

// A thread holds b and a across a barrier, and acquires a again after it, still holding b. The other one acquires both
// the other way round after the barrier: only the second time is no order of every schedule.
#include "tests/order.h"
#include <pthread.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static volatile int rounds = 2; /* one call in a loop */

__attribute__((noinline)) static void lock_a(void)
{
    pthread_mutex_lock(&a);
}

static void *one(void *unused)
{
    pthread_mutex_lock(&b);
    for (int i = 0; i < rounds; i++) {
        lock_a();
        if (i == 0)
            pthread_barrier_wait(&both);
        pthread_mutex_unlock(&a);
    }
    pthread_mutex_unlock(&b);
    step();
    return unused;
}

static void *two(void *unused)
{
    await_waiters(&both, 1);
    await_waiters(&both, 1);
    pthread_barrier_wait(&both);
    await_step(1);
    lock_a();
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *(*const routines[])(void *) = {one, two};

int main(void)
{
    pthread_t threads[2];
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, routines[i], NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
