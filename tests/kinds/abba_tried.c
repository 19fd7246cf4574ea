// expect: deadlock error certain threads=2 locks=a,b
// kinds: mutex rwlock spinlock semaphore c11

// Each thread acquired its first lock by trying: held is held.
#include "tests/kinds/kind.h"

static lock_t a, b;

static void one(void)
{
    try_lock(&a);
    step();
    await_step(2);
    lock(&b);
    unlock(&b);
    unlock(&a);
}

static void two(void)
{
    try_lock(&b);
    step();
    await_step(2);
    lock(&a);
    unlock(&a);
    unlock(&b);
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    run_together(one, two, NULL);
    return 0;
}
