// expect: deadlock error certain threads=1 locks=table
// stderr-has: do not enter one from within the other
// A group of tasks is awaited within the critical section that they need.
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
#pragma omp taskgroup
    for (int i = 0; i < 4; i++)
#pragma omp task
        add();
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
