// expect: none
// kinds: mutex rwlock spinlock semaphore c11

// Threads end with the locks on their stacks, which nobody destroys: the next thread has another lock at that address.
#include "tests/kinds/kind.h"

static lock_t common;

static void nest(lock_t *outer, lock_t *inner)
{
    lock(outer);
    lock(inner);
    unlock(inner);
    unlock(outer);
}

static void own_inside(void)
{
    lock_t own;
    lock_init(&own);
    nest(&common, &own);
    step();
}

static void own_outside(void)
{
    lock_t own;
    lock_init(&own);
    nest(&own, &common);
    step();
}

int main(void)
{
    lock_init(&common);
    for (int i = 0; i < 4; i++) {
        thread_t thread = start(i % 2 == 0 ? own_inside : own_outside);
        if (i < 2) {
            join(thread);
            continue;
        }
        detach(thread);
        await_step(i + 1);
    }
    return 0;
}
