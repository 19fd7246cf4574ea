/* The price of a watched call in one thread, uncontended: [LD_PRELOAD=…] pairs [SECONDS-A-ROW
 * [PART-OF-A-NAME]] */
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
    double seconds = measure_seconds(argc, argv);
    const char *part = argc > 2 ? argv[2] : NULL;
    measure_head(&plain);

    /* With one thread libc does without atomic instructions, and watching weighs the more. */
    struct bench_case alone = {"1 lock, process of one thread", cases_single, 1, 0, 100};
    measure_rows(&alone, 1, &plain, seconds, part);
    pthread_t second;
    if (pthread_create(&second, NULL, sleeper, NULL) != 0) {
        perror("pthread_create");
        return 3;
    }
    measure_rows(cases, CASES, &plain, seconds, part);
    return 0;
}
