// expect: deadlock error certain threads=2 locks=inner,outer

// A timed wait is over after its time, but must have its mutex back, and for that it waits without an end:
// whoever holds it wants what the waiter holds.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;

static void *waiter(void *arg)
{
    struct timespec end;

    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += (end.tv_nsec + 200000000) / 1000000000;
    end.tv_nsec = (end.tv_nsec + 200000000) % 1000000000;
    pthread_barrier_wait(&both);
    pthread_cond_timedwait(&never, &inner, &end);
    return arg;
}

static void *other(void *arg)
{
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&inner);
    pthread_mutex_lock(&outer);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, waiter, NULL);
    pthread_create(&threads[1], NULL, other, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
