// expect: lock-order warning threads=2 locks=a,b
// kinds: mutex errorcheck recursive adaptive robust pi pp pshared rwlock spinlock semaphore c11 c11_timed c11_recursive

// Two threads acquire two locks in opposite orders, but not at the same time.
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
