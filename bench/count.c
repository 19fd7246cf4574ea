/*
 * The rows of cases.h, done by the linked calls a fixed number of times, for valgrind to count their instructions:
 * count [PART-OF-A-NAME...]. bench/counts.py has valgrind write down what each count_rounds took: of each row first to
 * warm up, then FEW rounds, then MANY. For each row it prints how many pairs lie between the two, the bound, and the
 * name. count_framed is the same, built so that it keeps frame pointers.
 */
#include "bench/cases.h"

enum { FEW = 200, MANY = 700 };

/* Written to, or gcc would unroll the loop over them: each caller's stack would be another. */
static unsigned lengths[] = {0, FEW, MANY, 0};

__attribute__((noinline)) void count_rounds(const struct bench_case *what, unsigned rounds);

void count_rounds(const struct bench_case *what, unsigned rounds)
{
    what->batch(&calls_linked, rounds, what->size);
}

int main(int argc, char **argv)
{
    pthread_t thread;
    (void)argc;
    cases_prepare();
    /* From the first thread on libc takes locks in earnest. */
    if (pthread_create(&thread, NULL, cases_nothing, NULL) != 0) {
        return 3;
    }
    pthread_join(thread, NULL);
    for (const struct bench_case *each = cases; each < cases + CASES; each++) {
        if (each->added == BENCH_NOT_COUNTED || !measure_wanted(each->name, argv + 1)) {
            continue;
        }
        if (each->begin) {
            each->begin(each->size);
        }
        lengths[0] = each->warm ? each->warm : FEW;
        for (const unsigned *length = lengths; *length; length++) {
            chance_in_order = length == lengths;
            count_rounds(each, *length);
        }
        printf("%u\t%.0f\t%s\n", (MANY - FEW) * each->per_round, each->added, each->name);
    }
    return 0;
}
