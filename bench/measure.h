/*
 * One row of the table: how many times the plain calls' time the linked ones take.
 *
 * Times on a shared machine drift by more than what is looked for, but slowly. So the sides take turns in
 * short batches, who goes first changes from pair to pair, and the figure is the median of the pairs' ratios.
 */
#ifndef LOCKWATCH_BENCH_MEASURE_H
#define LOCKWATCH_BENCH_MEASURE_H

#include "bench/calls.h"
#include "bench/chance.h"

#include <math.h>
#include <stdint.h>
#include <time.h>

/* A row. The bounds are those of a machine on which a plain pair takes 5 ns; 0 is none. */
struct bench_case {
    const char *name;
    void (*batch)(const struct calls *, unsigned rounds, unsigned size);
    unsigned size;                /* how many locks, sites or orders it is of, where one function does several rows */
    unsigned per_round;           /* what a round does so many times; times are given for one */
    double ratio;                 /* bound of watched / plain time */
    double added;                 /* bound of the instructions that watching adds */
    unsigned batch_us;            /* length of a batch; 0: 100 */
    void (*begin)(unsigned size); /* done once, before anything is measured; or NULL */
    unsigned warm;                /* rounds until everything was done that is done once; 0: 200 */
};

/* In place of a bound: valgrind does not count this row, or it would take too long. */
enum { BENCH_NOT_COUNTED = -1 };

enum { MEASURE_LEAST = 5, MEASURE_MOST = 20000, MEASURE_WARM = 6 /* turns, even */ };

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

/* All calls to be compared are made from here: a stack that is not known yet costs more, and the caller is part of it.
 */
__attribute__((noinline)) static double measure_batch(const struct bench_case *what, const struct calls *side,
                                                      unsigned rounds)
{
    int64_t start = measure_now();
    what->batch(side, rounds, what->size);
    return (double)(measure_now() - start);
}

/* As many rounds as take a batch's time, by the quickest of some tries: the first ones wake processors up. */
static inline unsigned measure_rounds(const struct bench_case *what, const struct calls *side)
{
    double ns = what->batch_us ? what->batch_us * 1000.0 : 100000.0;
    for (unsigned rounds = 1;; rounds *= 2) {
        double best = 1e18;
        for (int try = 0; try < 10; try++) {
            double took = measure_batch(what, side, rounds);
            best = took < best ? took : best;
        }
        if (best >= ns / 2 || rounds >= 1u << 24) {
            double fit = rounds * ns / best;
            return fit < 1 ? 1 : (unsigned)fit;
        }
    }
}

/* A line for bench/run: name, plain, watched, their ratio or difference, its quartiles, bound, number of pairs. NAN is
 * what there is not. */
static inline void measure_print(const char *name, double plain, double watched, double figure, double low, double high,
                                 double bound, unsigned count)
{
    printf("%s\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%u\n", name, plain, watched, figure, low, high,
           bound > 0 ? bound : NAN, count);
    fflush(stdout);
}

static inline void measure_row(const struct bench_case *what, const struct calls *plain, double seconds)
{
    static double plain_ns[MEASURE_MOST], watched_ns[MEASURE_MOST], ratio[MEASURE_MOST];
    if (what->begin) {
        what->begin(what->size);
    }
    unsigned rounds = measure_rounds(what, plain), pairs = 0;
    double unit = 1.0 / rounds / what->per_round;
    int64_t end = 0;
    for (unsigned turn = 0; pairs < MEASURE_LEAST || (pairs < MEASURE_MOST && measure_now() < end); turn++) {
        bool warming = turn == 0, linked = warming || (turn / 2 + turn) % 2;
        chance_in_order = warming;
        double ns = measure_batch(what, linked ? &calls_linked : plain,
                                  !warming     ? rounds
                                  : what->warm ? what->warm
                                               : 200);
        if (turn < MEASURE_WARM) {
            end = measure_now() + (int64_t)(seconds * 1e9);
            continue;
        }
        (linked ? watched_ns : plain_ns)[pairs] = ns * unit;
        if (turn % 2 == 1) {
            ratio[pairs] = watched_ns[pairs] / plain_ns[pairs];
            pairs++;
        }
    }
    measure_print(what->name, measure_quantile(plain_ns, pairs, 0.5), measure_quantile(watched_ns, pairs, 0.5),
                  measure_quantile(ratio, pairs, 0.5), measure_quantile(ratio, pairs, 0.25),
                  measure_quantile(ratio, pairs, 0.75), what->ratio, pairs);
}

/* The arguments of a program that prints rows, behind its own ones: SECONDS-A-ROW [PART-OF-A-NAME...] */
struct measure_wish {
    double seconds;
    char **parts; /* ends with NULL, as argv does */
};

static inline struct measure_wish measure_arguments(int argc, char **argv, int own)
{
    struct measure_wish wish = {0.5, argv + argc};
    if (argc > own + 1) {
        double seconds = strtod(argv[own + 1], NULL);
        wish.seconds = seconds > 0 ? seconds : wish.seconds;
        wish.parts = argv + own + 2;
    }
    return wish;
}

/* Whether a row is asked for: its name has one of the parts, or there are none. */
static inline bool measure_wanted(const char *name, char **parts)
{
    bool any = *parts == NULL;
    for (; *parts && !any; parts++) {
        any = strstr(name, *parts) != NULL;
    }
    return any;
}

static inline void measure_rows(const struct bench_case *rows, unsigned count, const struct calls *plain,
                                const struct measure_wish *wish)
{
    for (unsigned i = 0; i < count; i++) {
        if (measure_wanted(rows[i].name, wish->parts)) {
            measure_row(&rows[i], plain, wish->seconds);
        }
    }
}

#endif
