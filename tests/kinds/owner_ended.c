// expect: deadlock error certain threads=1 locks=m
// expect: exit-holding warning threads=1 locks=m
// kinds: mutex spinlock rwlock c11

// A thread ended while it held the lock; main waits for it.
#include "tests/kinds/kind.h"

static lock_t m;

static void forgets(void)
{
    lock(&m);
}

int main(void)
{
    lock_init(&m);
    run_together(forgets, NULL, NULL);
    lock(&m);
    return 0;
}
