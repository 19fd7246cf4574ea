// expect: deadlock error certain threads=2 locks=again,plain
// stderr-has: waits for OpenMP nested lock again
// The nested lock is still held after one of two releases.
#include "tests/order.h"

#include <omp.h>

static omp_nest_lock_t again;
static omp_lock_t plain;

int main(void)
{
    omp_init_nest_lock(&again);
    omp_init_lock(&plain);
#pragma omp parallel num_threads(2)
    {
        if (omp_get_thread_num() == 1) {
            omp_set_nest_lock(&again);
            omp_set_nest_lock(&again);
            omp_unset_nest_lock(&again);
            step();
            await_step(2);
            omp_set_lock(&plain);
        } else {
            omp_set_lock(&plain);
            step();
            await_step(2);
            omp_set_nest_lock(&again);
        }
    }
    return 0;
}
