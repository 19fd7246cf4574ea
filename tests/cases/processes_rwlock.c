// expect: deadlock error certain threads=2 locks=t->rwlock[0],t->rwlock[1]
// expect: deadlock error certain threads=2 locks=t->rwlock[0],t->rwlock[1]
// limit: 6
// stderr-has: deadlock: 2 threads are blocked forever

// Two children write under two reader-writer locks, in two orders.
#include "tests/processes.h"

static void one(struct together *t)
{
    pthread_rwlock_wrlock(&t->rwlock[0]);
    meet(t, 2);
    pthread_rwlock_wrlock(&t->rwlock[1]);
}

static void other(struct together *t)
{
    pthread_rwlock_wrlock(&t->rwlock[1]);
    meet(t, 2);
    pthread_rwlock_wrlock(&t->rwlock[0]);
}

int main(void)
{
    struct together *t = together();
    pthread_rwlockattr_t a;
    pthread_rwlockattr_init(&a);
    pthread_rwlockattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(&t->rwlock[0], &a);
    pthread_rwlock_init(&t->rwlock[1], &a);
    child(one, t);
    child(other, t);
    return children();
}
