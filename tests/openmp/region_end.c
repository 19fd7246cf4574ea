// expect: deadlock error certain threads=2
// stderr-has-gcc: waits at OpenMP barrier F1
// stderr-has-clang: waits for end of OpenMP region C1
// stderr-has: while holding OpenMP lock table
// A thread comes to the end of the region with a lock that another one of the team needs.
#include "tests/order.h"

#include <omp.h>

#ifndef KEPT
#define KEPT 1
#endif

static omp_lock_t table;
static int sum;

static void add(void)
{
    omp_set_lock(&table);
    sum++;
    omp_unset_lock(&table);
}

int main(void)
{
    omp_init_lock(&table);
#pragma omp parallel num_threads(2)
    if (omp_get_thread_num() == 0) {
        omp_set_lock(&table);
        step();
        if (!KEPT)
            omp_unset_lock(&table);
    } else {
        await_step(1);
        add();
    }
    return sum == 1 ? 0 : 1;
}
