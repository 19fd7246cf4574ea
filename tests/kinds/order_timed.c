// expect: lock-order note timed threads=2 locks=a,b
// kinds: mutex rwlock semaphore c11_timed

// In the opposite order the second lock has a time-out.
#include "tests/kinds/kind.h"

static lock_t a, b;

static void one(void)
{
    lock(&a);
    lock(&b);
    unlock(&b);
    unlock(&a);
    step();
    await_step(2);
}

static void two(void)
{
    await_step(1);
    lock(&b);
    if (timed_lock(&a, 10000) == 0)
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
