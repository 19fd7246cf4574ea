// expect: lock-order note ordered threads=2 locks=a,b
// kinds: mutex rwlock spinlock semaphore c11

// The one thread is joined before the other is created.
#include "tests/kinds/kind.h"

static lock_t a, b;

static void one(void)
{
    lock(&a);
    lock(&b);
    unlock(&b);
    unlock(&a);
}

static void two(void)
{
    lock(&b);
    lock(&a);
    unlock(&a);
    unlock(&b);
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    run_together(one, NULL, NULL);
    run_together(two, NULL, NULL);
    return 0;
}
