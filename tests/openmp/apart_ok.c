// expect: lock-order note ordered threads=2 locks=a,b
// stdout-same: yes
// Locks in both orders, but never at one time: the ends of regions and of loops, and barriers, keep them apart.
#include <omp.h>
#include <stdio.h>

static omp_lock_t a, b;
static int sum;

__attribute__((noinline)) static void both(omp_lock_t *first, omp_lock_t *second)
{
    omp_set_lock(first);
    omp_set_lock(second);
    sum++;
    omp_unset_lock(second);
    omp_unset_lock(first);
}

static void new_locks(void)
{
    omp_destroy_lock(&a);
    omp_destroy_lock(&b);
    omp_init_lock(&a);
    omp_init_lock(&b);
}

int main(void)
{
    omp_init_lock(&a);
    omp_init_lock(&b);
#pragma omp parallel num_threads(3)
    both(&a, &b);
#pragma omp parallel num_threads(3)
    both(&b, &a);
    new_locks();
#pragma omp parallel num_threads(3)
    {
        both(&a, &b);
#pragma omp barrier
        both(&b, &a);
    }
    new_locks();
#pragma omp parallel num_threads(3)
    {
#pragma omp for schedule(static, 1)
        for (int i = 0; i < 3; i++)
            both(&a, &b);
#pragma omp for schedule(static, 1)
        for (int i = 0; i < 3; i++)
            both(&b, &a);
    }
    new_locks();
#pragma omp parallel for num_threads(3) schedule(static, 1)
    for (int i = 0; i < 3; i++)
        both(&a, &b);
    both(&b, &a);
    printf("%d\n", sum);
    return 0;
}
