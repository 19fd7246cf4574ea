// expect: none
// kinds: mutex errorcheck recursive adaptive robust pi pp pshared rwlock spinlock semaphore c11 c11_timed c11_recursive

// Two threads acquire two locks many times, in one order.
#include "tests/kinds/kind.h"

static lock_t a, b;

static void both(void)
{
    for (int i = 0; i < 200; i++) {
        lock(&a);
        lock(&b);
        unlock(&b);
        unlock(&a);
    }
}

int main(void)
{
    lock_init(&a);
    lock_init(&b);
    run_together(both, both, NULL);
    return 0;
}
