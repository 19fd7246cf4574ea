/*
 * The rows of one thread, whose locks nobody else wants: what pairs.c measures the time of, and valgrind counts the
 * instructions of in count.c. A batch does its rounds and leaves its locks as it found them, so that either side may go
 * next. Orders are those of a clean program: no cycle, nothing to report.
 */
#ifndef LOCKWATCH_BENCH_CASES_H
#define LOCKWATCH_BENCH_CASES_H

#include "bench/cases/churn.h"
#include "bench/cases/nested.h"
#include "bench/cases/revisits.h"
#include "bench/cases/single.h"
#include "bench/cases/sites.h"

/* The first is also measured before there is a second thread. What grows the tables of the library stands last. */
static const struct bench_case cases[] = {
    {"mutex", cases_single, 0, 1, 1.05, 12, 0, NULL, 0},
    {"mutex, tried", cases_tried, 0, 1, 0, 50, 0, NULL, 0},
    {"recursive mutex, twice", cases_recursive, 0, 2, 0, 60, 0, NULL, 0},
    {"semaphore wait+post", cases_semaphore, 0, 1, 1.3, 45, 0, NULL, 0},
    {"rwlock, reading", cases_rwlock_read, 0, 1, 1.0, 5, 0, NULL, 0},
    {"rwlock, writing", cases_rwlock_write, 0, 1, 1.25, 40, 0, NULL, 0},
    {"spinlock", cases_spin, 0, 1, 1.2, 40, 0, NULL, 0},
    {"2 nested", cases_nested_2, 0, 2, 1.25, 36, 0, NULL, 0},
    {"4 nested", cases_nested, 4, 4, 0, 0, 0, NULL, 0},
    {"16 nested", cases_nested, 16, 16, 0, 0, 0, NULL, 0},
    {"32 nested", cases_nested, 32, 32, 0, 0, 0, NULL, 0},
    {"2 first in, first out", cases_fifo_2, 0, 2, 1.6, 45, 0, NULL, 0},
    {"4 first in, first out", cases_fifo, 4, 4, 0, 0, 0, NULL, 0},
    {"8 first in, first out", cases_fifo, 8, 8, 0, 0, 0, NULL, 0},
    {"32 first in, first out", cases_fifo, 32, 32, 0, 0, 0, NULL, 0},
    {"64 hand over hand", cases_hand_over_hand, 0, CASES_LOCKS, 1.8, 75, 0, NULL, 0},
    {"64 in ordered pairs", cases_ordered_64, 0, 2 * (CASES_LOCKS - 1), 0, 0, 0, NULL, 0},
    {"malloc+init+lock+unlock+destroy+free", cases_churn, 0, 1, 1.25, 110, 0, NULL, 0},
    {"the same, 64 alive", cases_burst, 0, CASES_LOCKS, 0, 0, 0, NULL, 0},
    {"free+malloc, 48 bytes", cases_memory, 48, 1, 1.05, 8, 0, NULL, 0},
    {"free+malloc, 100 KiB", cases_memory, 100 << 10, 1, 1.05, 8, 0, NULL, 0},
    {"free+malloc, beside known locks", cases_memory_beside, 48, 1, 1.5, 0, 0, NULL, 0},
    {"thread create+join", cases_create_join, 0, 1, 1.05, BENCH_NOT_COUNTED, 200, NULL, 0},
    {"64 made and freed beside known locks", cases_burst, 0, CASES_LOCKS, 0, 0, 0, cases_burst_beside, 0},
    {"a nested pair, from 1 call site", cases_sites, 1, 2, 0, 0, 0, NULL, 4 * SITES},
    {"a nested pair, from 16 call sites", cases_sites, 16, 2, 0, 0, 0, NULL, 4 * SITES},
    {"a nested pair, from 256 call sites", cases_sites, 256, 2, 0, 0, 0, NULL, 4 * SITES},
    {"a nested pair, from 4096 call sites", cases_sites, SITES, 2, 0, 0, 0, NULL, 4 * SITES},
    {"1,750 pairs, at random", cases_pairs, 0, 2, 1.4, 40, 0, cases_pairs_begin, 8 * REVISITS_PAIRS},
    {"4,000 orders, at random", cases_revisits, 4000, 2, 0, 0, 0, cases_revisits_begin, 8 * 4000},
    {"40,000 orders, at random", cases_revisits, 40000, 2, 3, BENCH_NOT_COUNTED, 2000, cases_revisits_begin, 2 * 40000},
    {"400,000 orders, at random", cases_revisits, 400000, 2, 6, BENCH_NOT_COUNTED, 2000, cases_revisits_begin,
     2 * 400000},
};

enum { CASES = sizeof cases / sizeof cases[0] };

#endif
