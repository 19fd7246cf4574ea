// expect: deadlock error certain threads=2 locks=a,b
// kinds: mutex errorcheck recursive adaptive robust pi pp pshared rwlock spinlock semaphore c11 c11_timed c11_recursive

// Two threads acquire two locks in opposite orders, and each holds its first one. With priority inheritance the kernel
// refuses the second wait with EDEADLK, and glibc puts that thread to sleep for good, on a word that is not the mutex.
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
