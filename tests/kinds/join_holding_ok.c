// expect: none
// kinds: mutex rwlock spinlock semaphore c11

// The lock is released before the join.
#include "tests/kinds/kind.h"

static lock_t m;

static void needs_m(void)
{
    lock(&m);
    unlock(&m);
}

int main(void)
{
    thread_t thread;
    lock_init(&m);
    lock(&m);
    thread = start(needs_m);
    unlock(&m);
    join(thread);
    return 0;
}
