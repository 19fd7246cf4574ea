// expect: deadlock warning likely threads=2 locks=a,b
// kinds: mutex rwlock spinlock semaphore
// limit: 6
// stderr-has: tries again and again to
// stderr-has: no preemption: met in effect, T
// report-has: times, and neither acquired nor released a lock meanwhile

// Two threads each keep what they have, and try for the other's until they get it.
#include "tests/kinds/kind.h"

static lock_t a, b;

#ifndef GET
#define GET(l)                                                                                                         \
    while (try_lock(l) != 0)                                                                                           \
        sched_yield();
#endif

static void one(void)
{
    lock(&a);
    step();
    await_step(2);
    GET(&b)
    unlock(&b);
    unlock(&a);
}

static void two(void)
{
    lock(&b);
    step();
    await_step(2);
    GET(&a)
    unlock(&a);
    unlock(&b);
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    run_together(one, two, NULL);
    return 0;
}
