// expect: relock warning threads=1 locks=m
// kinds: errorcheck rwlock

// The only thread acquires a lock that it holds, and is refused with EDEADLK.
#include "tests/kinds/kind.h"

static lock_t m;

int main(void)
{
    lock_init(&m);
    lock(&m);
    int refused = lock(&m);
    unlock(&m);
    return refused != EDEADLK;
}
