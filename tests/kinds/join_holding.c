// expect: deadlock error certain threads=2 locks=m,thread
// kinds: mutex rwlock spinlock semaphore c11

// A thread is joined by one that holds the lock which it needs.
#include "tests/kinds/kind.h"

static lock_t m;

static void needs_m(void)
{
    lock(&m);
    unlock(&m);
}

int main(void)
{
    lock_init(&m);
    lock(&m);
    run_together(needs_m, NULL, NULL);
    return 0;
}
