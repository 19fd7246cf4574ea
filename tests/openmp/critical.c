// expect: deadlock error certain threads=2 locks=inner,outer
// stderr-has: waits for critical section
// stderr-has: (OpenMP thread 1 of the team of main at critical.c:
#include "tests/order.h"

#ifndef TURNS
#define TURNS(n) (step(), await_step(n))
#endif

static int sum;

static void one(void)
{
#pragma omp critical(outer)
    {
        TURNS(2);
#pragma omp critical(inner)
        sum++;
    }
}

#ifndef OTHER_ORDER
#define OTHER_ORDER 1
#endif

static void two(void)
{
    if (!OTHER_ORDER) {
        one();
        return;
    }
#pragma omp critical(inner)
    {
        TURNS(2);
#pragma omp critical(outer)
        sum++;
    }
}

int main(void)
{
#pragma omp parallel sections num_threads(2)
    {
#pragma omp section
        one();
#pragma omp section
        two();
    }
    return sum == 2 ? 0 : 1;
}
