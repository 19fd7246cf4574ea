// expect: none
// A lock is held across regions, whose threads do not need it.
#include <omp.h>

int main(void)
{
    omp_lock_t all;
    int sum = 0;
    omp_init_lock(&all);
    for (int i = 0; i < 20; i++) {
        omp_set_lock(&all);
#pragma omp parallel num_threads(3) reduction(+ : sum)
#pragma omp single
        for (int k = 0; k < 10; k++)
#pragma omp task shared(sum)
#pragma omp critical(sum)
            sum++;
        omp_unset_lock(&all);
    }
    omp_destroy_lock(&all);
    return sum == 200 ? 0 : 1;
}
