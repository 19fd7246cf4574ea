// expect-gcc: none
// expect-clang: deadlock error certain threads=4
// exit: hang
// stderr-has-clang: waits at OpenMP barrier
// stderr-has-clang: let all threads of the team come to the same barriers
// A thread leaves a barrier out. What libgomp waits for is not seen but by `lockwatch run` (tests/scripts/stall).
#include <omp.h>

#ifndef LEFT_OUT
#define LEFT_OUT 2
#endif

static int sum;

static void stage(void)
{
#pragma omp barrier
#pragma omp atomic
    sum++;
}

int main(void)
{
#pragma omp parallel num_threads(4)
    {
        if (omp_get_thread_num() != LEFT_OUT)
            stage();
        stage();
    }
    return sum == 8 ? 0 : 1;
}
