/*
 * One row of the table: how many times the plain calls' time the linked ones take.
 *
 * Times on a shared machine drift by more than what is looked for, but slowly. So the sides take turns in
 * short batches, who goes first changes from pair to pair, and the figure is the median of the pairs' ratios.
 */
#ifndef LOCKWATCH_BENCH_MEASURE_H
#define LOCKWATCH_BENCH_MEASURE_H

#include "bench/calls.h"

#include <stdint.h>
#include <time.h>

struct bench_case {
    const char *name;
    void (*batch)(const struct calls *, unsigned rounds);
    unsigned per_round; /* what a round does so many times; times are given for one */
    double bound;       /* the ratio that was asked for, 0 for none */
    unsigned batch_us;  /* length of a batch */
};

enum { MEASURE_MOST = 20000, MEASURE_WARM = 3 };

static inline int64_t measure_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int measure_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values. */
static inline double measure_quantile(double *values, unsigned count, double part)
{
    qsort(values, count, sizeof *values, measure_order);
    return values[(unsigned)(part * (count - 1) + 0.5)];
}

static inline double measure_batch(const struct bench_case *what, const struct calls *side, unsigned rounds)
{
    int64_t start = measure_now();
    what->batch(side, rounds);
    return (double)(measure_now() - start);
}

/* As many rounds as take a batch's time, by the quickest of some tries: the first ones wake processors up. */
static inline unsigned measure_rounds(const struct bench_case *what, const struct calls *side)
{
    for (unsigned rounds = 1;; rounds *= 2) {
        double best = 1e18;
        for (int try = 0; try < 10; try++) {
            double took = measure_batch(what, side, rounds);
            best = took < best ? took : best;
        }
        if (best >= what->batch_us * 500.0 || rounds >= 1u << 24) {
            double fit = rounds * what->batch_us * 1000.0 / best;
            return fit < 1 ? 1 : (unsigned)fit;
        }
    }
}

static inline void measure_head(const struct calls *plain)
{
    if (!calls_watched(plain)) {
        puts("(nothing is preloaded: both sides are libc's own, and the ratios show the noise)");
    }
    printf("%-42s %9s %9s  %6s  %-13s %6s  %5s\n", "nanoseconds", "plain", "watched", "ratio", "quartiles", "asked",
           "pairs");
}

static inline void measure_print(const struct bench_case *what, double *columns[3], unsigned count)
{
    double *plain = columns[0], *watched = columns[1], *ratio = columns[2];
    char asked[16] = "-";
    if (what->bound > 0) {
        snprintf(asked, sizeof asked, "%.2f", what->bound);
    }
    printf("%-42s %9.1f %9.1f  %6.2f  %5.2f - %5.2f %6s  %5u\n", what->name, measure_quantile(plain, count, 0.5),
           measure_quantile(watched, count, 0.5), measure_quantile(ratio, count, 0.5),
           measure_quantile(ratio, count, 0.25), measure_quantile(ratio, count, 0.75), asked, count);
    fflush(stdout);
}

static inline void measure_row(const struct bench_case *what, const struct calls *plain, double seconds)
{
    static double column[3][MEASURE_MOST];
    double *columns[] = {column[0], column[1], column[2]};
    unsigned rounds = measure_rounds(what, plain), count = 0;
    double unit = 1.0 / rounds / what->per_round;
    for (int warm = 0; warm < MEASURE_WARM; warm++) {
        what->batch(plain, rounds);
        what->batch(&calls_linked, rounds);
    }
    int64_t end = measure_now() + (int64_t)(seconds * 1e9);
    do {
        bool linked_first = count & 1;
        double first = measure_batch(what, linked_first ? &calls_linked : plain, rounds);
        double second = measure_batch(what, linked_first ? plain : &calls_linked, rounds);
        column[0][count] = (linked_first ? second : first) * unit;
        column[1][count] = (linked_first ? first : second) * unit;
        column[2][count] = column[1][count] / column[0][count];
        count++;
    } while (count < MEASURE_MOST && measure_now() < end);
    measure_print(what, columns, count);
}

/* Arguments of the programs that print rows: [SECONDS-A-ROW [PART-OF-A-NAME]]. */
static inline double measure_seconds(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 0.5;
    return seconds > 0 ? seconds : 0.5;
}

/* The rows whose name has `part` in it; all for NULL. */
static inline void measure_rows(const struct bench_case *rows, unsigned count, const struct calls *plain,
                                double seconds, const char *part)
{
    for (unsigned i = 0; i < count; i++) {
        if (!part || strstr(rows[i].name, part)) {
            measure_row(&rows[i], plain, seconds);
        }
    }
}

#endif
