// expect: deadlock error certain threads=1 locks=table
// stderr-has: do not enter one from within the other
// Tasks are awaited within the critical section that they need: the thread that waits executes them itself.
#ifndef INSIDE
#define INSIDE 1
#endif

static int sum;

static void add(void)
{
#pragma omp critical(table)
    sum++;
}

static void add_all(void)
{
    for (int i = 0; i < 4; i++)
#pragma omp task
        add();
#pragma omp taskwait
}

int main(void)
{
#pragma omp parallel num_threads(2)
#pragma omp single
    {
        if (INSIDE)
#pragma omp critical(table)
            add_all();
        else
            add_all();
    }
    return sum == 4 ? 0 : 1;
}
