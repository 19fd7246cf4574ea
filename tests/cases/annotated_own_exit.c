// expect: exit-holding warning threads=1 locks=x.taken

// A thread ends with a lock of the program's own.
#include "tests/cases/annotated_own.h"

static struct own x, y;

static void first(void)
{
    own_lock(&x);
}

static void second(void)
{
    own_lock(&y);
    own_unlock(&y);
}
