// expect: lock-order note single-thread threads=2 locks=a,b
// kinds: mutex rwlock spinlock semaphore c11

// One thread acquires them in both orders.
#include "tests/kinds/kind.h"

static lock_t a, b;

static void one(void)
{
    lock(&a);
    lock(&b);
    unlock(&b);
    unlock(&a);
    lock(&b);
    lock(&a);
    unlock(&a);
    unlock(&b);
    step();
    await_step(2);
}

static void two(void)
{
    await_step(1);
    step();
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    run_together(one, two, NULL);
    return 0;
}
