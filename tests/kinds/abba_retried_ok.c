// expect: none
// kinds: mutex spinlock

// Two threads try for the other's lock, with pauses; every fifth time each releases what it has, but acquires it
// again at once, so they rarely get anywhere. After three seconds they give up.
#include "tests/kinds/kind.h"

static lock_t a, b;

static void get(lock_t *have, lock_t *want)
{
    lock(have);
    step();
    await_step(2);
    for (int i = 0; i < 280; i++) {
        if (try_lock(want) == 0) {
            unlock(want);
            break;
        }
        usleep(10000);
        if (i % 5 == 4) {
            unlock(have);
            lock(have);
        }
    }
}

static void one(void)
{
    get(&a, &b);
    unlock(&a);
}

static void two(void)
{
    get(&b, &a);
    unlock(&b);
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    run_together(one, two, NULL);
    return 0;
}
