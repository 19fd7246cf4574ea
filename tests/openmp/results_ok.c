// expect: none
// Locks, nested locks, critical and ordered regions, tasks and barriers: what they return and compute.
#include <omp.h>
#include <stdio.h>

static omp_nest_lock_t nested;
static omp_lock_t plain;

int main(void)
{
    long sum = 0, plainly = 0, at_last = 0, tasks = 0;
    int passed = 0;
    omp_init_nest_lock(&nested);
    omp_init_lock(&plain);
    printf("%d %d\n", omp_test_lock(&plain), omp_test_lock(&plain));
    omp_unset_lock(&plain);
    printf("%d %d\n", omp_test_nest_lock(&nested), omp_test_nest_lock(&nested));
    omp_unset_nest_lock(&nested);
    omp_unset_nest_lock(&nested);
#pragma omp parallel num_threads(4)
    {
#pragma omp for ordered schedule(dynamic)
        for (int i = 0; i < 100; i++) {
            omp_set_nest_lock(&nested);
            omp_set_nest_lock(&nested);
#pragma omp critical(outer)
            {
#pragma omp critical(inner)
                sum += i;
            }
            omp_unset_nest_lock(&nested);
            omp_unset_nest_lock(&nested);
            omp_set_lock(&plain);
            plainly++;
            omp_unset_lock(&plain);
#pragma omp ordered
            passed = passed == i ? i + 1 : -1000;
        }
#pragma omp barrier
#pragma omp single
        {
            for (int i = 0; i < 20; i++)
#pragma omp task
            {
#pragma omp critical
                tasks++;
            }
#pragma omp taskwait
            printf("%ld\n", tasks);
        }
#pragma omp critical
        at_last += 1000;
    }
    omp_destroy_nest_lock(&nested);
    omp_destroy_lock(&plain);
    printf("%ld %ld %ld %d\n", sum, plainly, at_last, passed);
    return 0;
}
