// expect: none

// The second thread only tries; and it waits for a contended lock in the usual order, also in vain.
#include "tests/cases/annotated_own.h"

static struct own x, y;

static void first(void)
{
    own_lock(&x);
    step();
    await_step(2);
    own_lock(&y);
    own_unlock(&y);
    own_unlock(&x);
}

static void second(void)
{
    await_step(1);
    if (own_lock_or_give_up(&x, 10))
        own_unlock(&x);
    step();
    own_lock(&x);
    own_lock(&y);
    own_unlock(&y);
    own_unlock(&x);
    own_lock(&y);
    if (own_trylock(&x))
        own_unlock(&x);
    own_unlock(&y);
}
