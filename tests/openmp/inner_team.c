// expect: deadlock error certain threads=1 locks=deep
// A team within a team: its threads need the critical section in which it was begun.
#include <omp.h>

#ifndef INSIDE
#define INSIDE 1
#endif

static int sum;

static void count(void)
{
#pragma omp parallel num_threads(2)
    {
#pragma omp critical(deep)
        sum++;
    }
}

int main(void)
{
    omp_set_max_active_levels(2);
#pragma omp parallel num_threads(2)
    {
        if (INSIDE)
#pragma omp critical(deep)
            count();
        else
            count();
    }
    return sum == 4 ? 0 : 1;
}
