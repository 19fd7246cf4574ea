// expect: deadlock error certain threads=2
// stderr-has: waits at OpenMP barrier
// stderr-has: while holding critical section work
#ifndef INSIDE
#define INSIDE 1
#endif

static int sum;

static void meet(void)
{
#pragma omp barrier
    sum++;
}

int main(void)
{
#pragma omp parallel num_threads(2)
    {
        if (INSIDE)
#pragma omp critical(work)
            meet();
        else
            meet();
    }
    return 0;
}
