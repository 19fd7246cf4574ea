// expect: deadlock error certain threads=2
// stderr-has: waits for ordered region
// stderr-has: while holding OpenMP lock held
#include "tests/order.h"

#include <omp.h>

#ifndef HELD
#define HELD 1
#endif

int main(void)
{
    static omp_lock_t held;
    int sum = 0;
    omp_init_lock(&held);
#pragma omp parallel for ordered schedule(static, 1) num_threads(2)
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            await_step(1);
        omp_set_lock(&held);
        step();
        if (!HELD)
            omp_unset_lock(&held);
#pragma omp ordered
        sum++;
        if (HELD)
            omp_unset_lock(&held);
    }
    return sum != 2;
}
