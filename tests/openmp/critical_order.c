// expect: lock-order warning threads=2 locks=inner,outer
// Both orders, by turns: first one() alone, then two().
#include "tests/order.h"

static int sum;

int main(void)
{
#pragma omp parallel num_threads(2)
    {
        int first = 0;
#pragma omp single nowait
        first = 1;
        if (first) {
#pragma omp critical(outer)
            {
#pragma omp critical(inner)
                sum++;
            }
            step();
            await_step(2);
        } else {
            await_step(1);
#pragma omp critical(inner)
            {
#pragma omp critical(outer)
                sum++;
            }
            step();
        }
    }
    return sum == 2 ? 0 : 1;
}
