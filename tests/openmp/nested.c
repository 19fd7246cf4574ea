// expect: deadlock error certain threads=2 locks=again,plain
// stderr-has: waits for OpenMP nested lock again
// The nested lock is still held after one of two releases.
#include "tests/order.h"

#include <omp.h>

static omp_nest_lock_t again;
static omp_lock_t plain;

#ifndef RELEASES
#define RELEASES 1
#endif

int main(void)
{
    omp_init_nest_lock(&again);
    omp_init_lock(&plain);
#pragma omp parallel num_threads(2)
    {
        if (omp_get_thread_num() == 1) {
            omp_set_nest_lock(&again);
            omp_set_nest_lock(&again);
            for (int i = 0; i < RELEASES; i++)
                omp_unset_nest_lock(&again);
            step();
            await_step(2);
            omp_set_lock(&plain);
            omp_unset_lock(&plain);
        } else {
            omp_set_lock(&plain);
            step();
            await_step(2);
            omp_set_nest_lock(&again);
            omp_unset_nest_lock(&again);
            omp_unset_lock(&plain);
        }
    }
    return 0;
}
