// expect: deadlock error certain threads=2
// stderr-has: waits for OpenMP barrier
// stderr-has: while holding critical section work
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
#pragma omp critical(work)
        meet();
    }
    return 0;
}
