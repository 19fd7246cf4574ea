// expect: deadlock error certain threads=1 locks=total_lock
// stderr-has: use a nested lock (omp_nest_lock_t)
// A function that acquires a lock is called by one that has it.
#include <omp.h>

#ifndef HELD
#define HELD 1
#endif

static omp_lock_t total_lock;
static int total;

static void add(int x)
{
    omp_set_lock(&total_lock);
    total += x;
    omp_unset_lock(&total_lock);
}

int main(void)
{
    omp_init_lock(&total_lock);
#pragma omp parallel num_threads(1)
    {
        if (HELD)
            omp_set_lock(&total_lock);
        add(1);
        if (HELD)
            omp_unset_lock(&total_lock);
    }
    omp_destroy_lock(&total_lock);
    return total == 1 ? 0 : 1;
}
