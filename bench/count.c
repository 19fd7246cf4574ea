/*
 * Each case of one thread, done by the linked calls a fixed number of times: for valgrind to count
 * instructions of. count_few and count_many are what bench/run tells it to stop at; it prints the cases'
 * names in their order.
 */
#include "bench/cases.h"

enum { FEW = 500, MANY = 1500 };

__attribute__((noinline)) void count_few(const struct bench_case *what);
__attribute__((noinline)) void count_many(const struct bench_case *what);

void count_few(const struct bench_case *what)
{
    what->batch(&calls_linked, FEW);
}

void count_many(const struct bench_case *what)
{
    what->batch(&calls_linked, MANY);
}

int main(void)
{
    pthread_t thread;
    cases_prepare();
    /* From the first thread on libc takes locks in earnest. */
    if (pthread_create(&thread, NULL, cases_nothing, NULL) != 0) {
        return 3;
    }
    pthread_join(thread, NULL);
    /* What valgrind counts first may hold some of what came before: not used. */
    count_few(&cases[0]);
    count_many(&cases[0]);
    for (unsigned i = 0; i < CASES; i++) {
        if (cases[i].batch != cases_create_join) {
            cases[i].batch(&calls_linked, FEW); /* what is done once is done here */
            count_few(&cases[i]);
            count_many(&cases[i]);
            printf("%u %s\n", (MANY - FEW) * cases[i].per_round, cases[i].name);
        }
    }
    return 0;
}
