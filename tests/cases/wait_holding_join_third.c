// expect: wait-holding warning threads=3 locks=a,b,thread
// report-has: ) acquired b before it exited

// A join in a cycle of lock orders: main holds a until the worker has exited, the worker needs b, and a third thread
// acquires a while holding b. This time the third came when all was over.
#include "tests/order.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
__attribute__((unused)) static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;

#ifdef OTHER_LOCK
#define NEEDED c
#else
#define NEEDED b
#endif

static void *worker(void *arg)
{
    pthread_mutex_lock(&NEEDED);
    pthread_mutex_unlock(&NEEDED);
    return arg;
}

static void *third(void *arg)
{
    await_step(1);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return arg;
}

int main(void)
{
    pthread_t one, other;
    pthread_create(&one, NULL, worker, NULL);
    pthread_create(&other, NULL, third, NULL);
    pthread_mutex_lock(&a);
    pthread_join(one, NULL);
    pthread_mutex_unlock(&a);
    step();
    pthread_join(other, NULL);
    return 0;
}
