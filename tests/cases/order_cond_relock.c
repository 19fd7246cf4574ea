// expect: lock-order warning threads=2 locks=inner,mutex

// A condition wait gives its mutex up and takes it back while a lock that was taken after it is still held: that is an
// order too, against the usual one.
#include "tests/order.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int waiting, is_ready;

static void *waiter(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&inner);
    waiting = 1;
    while (!is_ready)
        pthread_cond_wait(&ready, &mutex);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&mutex);
    step();
    return unused;
}

static void *other(void *unused)
{
    pthread_mutex_lock(&mutex);
    while (!waiting) {
        pthread_mutex_unlock(&mutex);
        sched_yield();
        pthread_mutex_lock(&mutex);
    }
    is_ready = 1;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&mutex);
    await_step(1);
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&mutex);
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_create(&one, NULL, waiter, NULL);
    pthread_create(&two, NULL, other, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
