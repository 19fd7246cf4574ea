// expect: lock-order warning threads=2 locks=a,b
// kinds: mutex rwlock spinlock semaphore c11

// The first locks were acquired by trying: held is held.
#include "tests/kinds/kind.h"

static lock_t a, b;

static void one(void)
{
    try_lock(&a);
    lock(&b);
    unlock(&b);
    unlock(&a);
    step();
    await_step(2);
}

static void two(void)
{
    await_step(1);
    try_lock(&b);
    lock(&a);
    unlock(&a);
    unlock(&b);
    step();
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    run_together(one, two, NULL);
    return 0;
}
