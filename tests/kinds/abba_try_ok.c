// expect: none
// kinds: mutex rwlock spinlock semaphore c11

// One of the two only tries its second lock, and does not get it.
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
    if (try_lock(&a) == 0)
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
