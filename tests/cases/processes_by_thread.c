// expect: deadlock error certain threads=3 locks=own,t->mutex[0],t->mutex[1]
// expect: deadlock error certain threads=3 locks=own,t->mutex[0],t->mutex[1]
// stderr-has: deadlock: 3 threads are blocked forever

// A cycle of two processes that leads through a mutex of one of them alone.
#include "tests/order.h"
#include "tests/processes.h"

static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;

static void *inner(void *shared)
{
    struct together *t = shared;
    pthread_mutex_lock(&own);
    meet(t, 3);
    pthread_mutex_lock(&t->mutex[1]);
    return shared;
}

static void one(struct together *t)
{
    pthread_t thread;
    pthread_create(&thread, NULL, inner, t);
    pthread_mutex_lock(&t->mutex[0]);
    meet(t, 3);
    pthread_mutex_lock(&own);
}

/* The last to wait, so that it is the one that sees all of it. */
static void other(struct together *t)
{
    pthread_mutex_lock(&t->mutex[1]);
    meet(t, 3);
    pthread_mutex_lock(&t->mutex[0]);
}

int main(void)
{
    struct together *t = together();
    init_mutexes(t, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    child(one, t);
    child(other, t);
    return children();
}
