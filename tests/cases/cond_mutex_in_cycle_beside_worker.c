// expect: deadlock error certain threads=2 locks=never,outer

// Nobody has signalled so far, and main goes on, which may yet do so. But that would not help: the waiter must have its
// mutex back, whose owner wants what the waiter holds.
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#ifndef KEEP_INNER
#define KEEP_INNER 1
#endif

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    pthread_barrier_wait(&both);
    pthread_cond_wait(&never, &inner);
    return arg;
}

static void *other(void *arg)
{
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&inner);
    if (!KEEP_INNER)
        pthread_mutex_unlock(&inner);
    pthread_mutex_lock(&outer);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, waiter, NULL);
    pthread_create(&threads[1], NULL, other, NULL);
    for (int i = 0; KEEP_INNER || i < 100; i++)
        usleep(10000);
    _exit(0);
}
