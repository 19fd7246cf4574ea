/*
 * The live report: what deadlock_judge finds is confirmed with the kernel, written to the record, and printed, once.
 * One thread at a time confirms (preload/wait/wait.c). Confirming costs some system calls a thread, so it is done only
 * where there is something to confirm.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_DEADLOCK_REPORT_H
#define LOCKWATCH_PRELOAD_WAIT_DEADLOCK_REPORT_H

#include "detect/deadlock/deadlock.h"
#include "preload/os/real.h"

/* What came of a judgement. */
struct deadlock_report {
    bool found; /* there is a deadlock, reported now or before */
    bool open;  /* there may be one: it must stand for longer, or not all its threads are known to be asleep yet */
    bool due;   /* one that is to end the process must stand for longer */
    unsigned count;
    uint32_t changes[16]; /* new findings of the record, to be printed */
    uint32_t ends;        /* one that was reported, and stands for long enough to end the process; 0: none */
};

/*
 * Judge, check that what was found stood still meanwhile, and write down what is new. What is only likely counts when
 * it has stood for a while. `suspected`: a look has seen a cycle, so there is no need to ask first, cheaply, whether
 * there is anything. Inside the library only, and not under the raw lock.
 */
void deadlock_report_confirm(struct deadlock_report *r, const struct deadlock_world *w, bool suspected) HIDDEN;

/* Print the new findings. Ends the process if the options say so. */
void deadlock_report_print(const struct deadlock_report *r) HIDDEN;

/*
 * Where such a wait was derived (want_is_derived), no thread says so when it goes on: look whether they all still
 * stand. Before a judgement, and when the process ends.
 */
void deadlock_report_review(const struct deadlock_world *w) HIDDEN;

/*
 * A thread that has THREAD_REPORTED goes on from a wait, which had that sequence number: what was reported of it is no
 * deadlock. Writes that to the record, and prints it if the finding was printed.
 */
void deadlock_report_refute(struct thread *t, uint32_t sequence) HIDDEN;

#endif
