// expect: none
// kinds: mutex rwlock spinlock semaphore c11

// Three threads hold two of three locks each, all in one order.
#include "tests/kinds/kind.h"

static lock_t a, b, c;

static void one(void)
{
    lock(&a);
    lock(&b);
    unlock(&b);
    unlock(&a);
}

static void two(void)
{
    lock(&b);
    lock(&c);
    unlock(&c);
    unlock(&b);
}

static void three(void)
{
    lock(&a);
    lock(&c);
    unlock(&c);
    unlock(&a);
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    lock_init(&c);
    run_together(one, two, three);
    return 0;
}
