/*
 * What preloading adds to starting a program and to its end, and to the first thread of it: start LIBRARY
 * [SECONDS-A-ROW [PART-OF-A-NAME...]] The program is started with and without LD_PRELOAD by turns; the figures are of
 * the pairs' differences.
 */
#define _GNU_SOURCE
#include "bench/measure.h"

#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 5000, VARIABLES = 512 };

static char program[PATH_MAX];
static char *without[VARIABLES], *with[VARIABLES + 1];

static void prepare(const char *library)
{
    static char preload[PATH_MAX + 16], self[PATH_MAX];
    unsigned count = 0;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = 0;
    snprintf(program, sizeof program, "%.*s/nothing", PATH_MAX - 16, dirname(self));
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", library);
    for (char **each = environ; *each && count < VARIABLES - 1; each++) {
        if (strncmp(*each, "LD_PRELOAD=", 11) != 0) {
            with[count] = without[count] = *each;
            count++;
        }
    }
    with[count] = preload;
}

/* Milliseconds from the start of the program until it was waited for. */
static double lifetime(bool thread, char **environment)
{
    char asked[] = "thread", *arguments[] = {program, thread ? asked : NULL, NULL};
    int64_t start = measure_now();
    int status = -1;
    pid_t child;
    if (posix_spawn(&child, program, NULL, NULL, arguments, environment) != 0 || waitpid(child, &status, 0) != child ||
        status != 0) {
        fprintf(stderr, "start: %s did not run to its end\n", program);
        exit(3);
    }
    return (double)(measure_now() - start) / 1e6;
}

static void row(const char *name, bool thread, double asked, double seconds)
{
    static double plain[MOST], watched[MOST], added[MOST];
    unsigned count = 0;
    for (int warm = 0; warm < 4; warm++) {
        lifetime(thread, warm & 1 ? with : without);
    }
    int64_t end = measure_now() + (int64_t)(seconds * 1e9);
    do {
        bool with_first = count & 1;
        double first = lifetime(thread, with_first ? with : without);
        double second = lifetime(thread, with_first ? without : with);
        plain[count] = with_first ? second : first;
        watched[count] = with_first ? first : second;
        added[count] = watched[count] - plain[count];
        count++;
    } while (count < MOST && measure_now() < end);
    measure_print(name, measure_quantile(plain, count, 0.5), measure_quantile(watched, count, 0.5),
                  measure_quantile(added, count, 0.5), measure_quantile(added, count, 0.25),
                  measure_quantile(added, count, 0.75), asked, count);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        bool thread;
        double asked;
    } rows[] = {{"process start to end", false, 0.05}, {"the same, with a thread", true, 0.15}};
    if (argc < 2) {
        fputs("usage: start LIBRARY [SECONDS-A-ROW [PART-OF-A-NAME...]]\n", stderr);
        return 2;
    }
    struct measure_wish wish = measure_arguments(argc, argv, 1);
    prepare(argv[1]);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (measure_wanted(rows[i].name, wish.parts)) {
            row(rows[i].name, rows[i].thread, rows[i].asked, wish.seconds);
        }
    }
    return 0;
}
