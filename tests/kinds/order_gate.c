// expect: lock-order note guarded threads=2 locks=a,b
// kinds: mutex rwlock spinlock semaphore c11

// Opposite orders, but both below a gate lock.
#include "tests/kinds/kind.h"

static lock_t a, b, gate;

static void one(void)
{
    lock(&gate);
    lock(&a);
    lock(&b);
    unlock(&b);
    unlock(&a);
    unlock(&gate);
    step();
    await_step(2);
}

static void two(void)
{
    await_step(1);
    lock(&gate);
    lock(&b);
    lock(&a);
    unlock(&a);
    unlock(&b);
    unlock(&gate);
    step();
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    lock_init(&gate);
    run_together(one, two, NULL);
    return 0;
}
