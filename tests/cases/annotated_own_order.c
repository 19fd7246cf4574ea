// expect: lock-order warning locks=x.taken,y.taken

// Two of the program's own, one thread after the other.
#include "tests/cases/annotated_own.h"

static struct own x, y;

static void first(void)
{
    own_lock(&x);
    own_lock(&y);
    own_unlock(&y);
    own_unlock(&x);
    step();
}

static void second(void)
{
    await_step(1);
    own_lock(&y);
    own_lock(&x);
    own_unlock(&x);
    own_unlock(&y);
}
