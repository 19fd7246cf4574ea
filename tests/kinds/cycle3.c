// expect: deadlock error certain threads=3 locks=a,b,c
// kinds: mutex rwlock spinlock semaphore c11

// Three threads hold one lock each, and want that of the next one.
#include "tests/kinds/kind.h"

static lock_t a, b, c;

static void one(void)
{
    lock(&a);
    step();
    await_step(3);
    lock(&b);
    unlock(&b);
    unlock(&a);
}

static void two(void)
{
    lock(&b);
    step();
    await_step(3);
    lock(&c);
    unlock(&c);
    unlock(&b);
}

static void three(void)
{
    lock(&c);
    step();
    await_step(3);
    lock(&a);
    unlock(&a);
    unlock(&c);
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    lock_init(&c);
    run_together(one, two, three);
    return 0;
}
