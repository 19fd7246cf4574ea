/*
 * The price of a watched call in one thread, uncontended: [LD_PRELOAD=...] pairs [SECONDS-A-ROW [PART-OF-A-NAME...]]
 * pairs_framed is the same, built so that it keeps frame pointers.
 */
#include "bench/cases.h"

#include <unistd.h>

static void *sleeper(void *argument)
{
    for (;;) {
        pause();
    }
    return argument;
}

int main(int argc, char **argv)
{
    struct calls plain;
    calls_find_plain(&plain);
    cases_prepare();
    struct measure_wish wish = measure_arguments(argc, argv, 0);

    /* With one thread libc does without atomic instructions, and watching weighs the more. */
    struct bench_case alone = cases[0];
    alone.name = "mutex, process of one thread";
    alone.ratio = 0;
    measure_rows(&alone, 1, &plain, &wish);
    pthread_t second;
    if (pthread_create(&second, NULL, sleeper, NULL) != 0) {
        perror("pthread_create");
        return 3;
    }
    measure_rows(cases, CASES, &plain, &wish);
    return 0;
}
