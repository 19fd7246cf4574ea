/*
 * What a look at a process shows: a row a thread, the locks that most threads wait for, and the findings. All of it is
 * text, but for what rows are sorted by.
 */
#ifndef LOCKWATCH_ANALYZER_WATCH_ROWS_H
#define LOCKWATCH_ANALYZER_WATCH_ROWS_H

#include "analyzer/opened_record.h"

enum row_state { ROW_WAITS, ROW_ASLEEP, ROW_STARTS, ROW_RUNS, ROW_EXITED };

struct row {
    uint32_t slot, serial, tid, sequence;
    enum row_state state;
    uint64_t waited; /* nanoseconds; 0: not known, or it does not wait */
    bool stuck;      /* part of a deadlock */
    char *thread;    /* "T3 (phil-1)" */
    char *wants;     /* "mutex forks[2]"; what it does if it waits for nothing */
    char *place;     /* "philosophers.c:41" */
    char *holds;     /* "forks[1], table" */
};

struct row_lock {
    char *lock, *holder; /* holder: "" */
    unsigned waiters;
    uint64_t longest; /* nanoseconds */
};

struct row_finding {
    uint64_t id;
    enum finding_severity severity;
    char *text; /* "deadlock: 5 threads are blocked forever" */
};

struct rows {
    struct row *row;
    struct row_lock *lock; /* most waiters first */
    struct row_finding *finding;
    size_t count, locks, findings;
    unsigned threads, waiting, left_out; /* left_out: threads without a row, as there are too many */
};

/* Rows are in order of their threads' numbers. */
void rows_read(struct rows *rows, struct opened_record *view);
void rows_free(struct rows *rows);

/* The longest wait first; those that do not wait behind. */
void rows_sort_by_time(struct rows *rows);
void rows_sort_by_number(struct rows *rows);

/* The stacks of a thread: where it waits, and where it acquired what it holds. And the findings, in full. To be freed.
 */
char *rows_stacks(struct opened_record *view, const struct row *row, unsigned width);
char *rows_findings(struct opened_record *view, unsigned width);

/* "12 s", "3 min 20 s", at most 8 columns. */
void rows_duration(uint64_t nanoseconds, char *text, size_t size);

#endif
