// expect: deadlock error certain threads=2 locks=column,row
// stderr-has: of the team of main at locks.c:
// Two locks in two orders, by the iterations of one loop.
#include "tests/order.h"

#include <omp.h>

#ifndef MEET
#define MEET 1
#endif

static omp_lock_t row, column;
static int sum;

static void both(omp_lock_t *first, omp_lock_t *second)
{
    omp_set_lock(first);
    if (MEET) {
        step();
        await_step(2);
    }
    omp_set_lock(second);
    sum++;
    omp_unset_lock(second);
    omp_unset_lock(first);
}

int main(void)
{
    omp_init_lock(&row);
    omp_init_lock(&column);
#pragma omp parallel for num_threads(2) schedule(static, 1)
    for (int i = 0; i < 2; i++)
        if (i == 1 && MEET)
            both(&column, &row);
        else
            both(&row, &column);
    omp_destroy_lock(&row);
    omp_destroy_lock(&column);
    return sum == 2 ? 0 : 1;
}
