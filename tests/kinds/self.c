// expect: deadlock error certain threads=1 locks=m
// kinds: mutex adaptive robust pshared spinlock semaphore c11 c11_timed

// The only thread acquires a lock that it holds.
#include "tests/kinds/kind.h"

static lock_t m;

int main(void)
{
    lock_init(&m);
    lock(&m);
    lock(&m);
    return 0;
}
