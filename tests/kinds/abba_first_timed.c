// expect: deadlock error certain threads=2 locks=a,b
// kinds: mutex rwlock semaphore c11_timed

// Each thread acquired its first lock with a time-out that did not expire: held is held.
#include "tests/kinds/kind.h"

static lock_t a, b;

static void one(void)
{
    timed_lock(&a, 10000);
    step();
    await_step(2);
    lock(&b);
    unlock(&b);
    unlock(&a);
}

static void two(void)
{
    timed_lock(&b, 10000);
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
