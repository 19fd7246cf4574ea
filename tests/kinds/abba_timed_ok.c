// expect: lock-order note timed threads=2 locks=a,b
// stdout-same: yes
// kinds: mutex rwlock semaphore c11_timed

// A time-out ends the wait of one of the two, which did not acquire its second lock.
#include "tests/kinds/kind.h"

static lock_t a, b;

static void one(void)
{
    lock(&a);
    step();
    await_step(2);
    lock(&b);
    unlock(&b);
    unlock(&a);
}

static void two(void)
{
    lock(&b);
    step();
    await_step(2);
    if (timed_lock(&a, 300) == 0)
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
