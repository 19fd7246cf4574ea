// expect: deadlock error certain threads=1
// stderr-has: waits for critical section (unnamed), which it holds
// Sections without a name are one, also in a function that is called from within.
#ifndef INSIDE
#define INSIDE 1
#endif

static int sum;

static void add(void)
{
#pragma omp critical
    sum++;
}

int main(void)
{
#pragma omp parallel num_threads(1)
    {
        if (INSIDE)
#pragma omp critical
            add();
        else
            add();
    }
    return 0;
}
