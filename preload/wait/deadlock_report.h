/*
 * The live report: what deadlock_judge finds is confirmed, written to the record, and told, once.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_DEADLOCK_REPORT_H
#define LOCKWATCH_PRELOAD_WAIT_DEADLOCK_REPORT_H

#include "detect/deadlock/deadlock.h"
#include "preload/os/real.h"

/* What was found and is to be told. */
struct deadlock_report {
    bool found; /* there is a deadlock, reported now or before */
    bool open;  /* there may be one: it must stand for longer, or somebody is not known to be asleep yet */
    bool due;   /* one that is to end the process must stand for longer */
    unsigned count;
    uint32_t changes[16]; /* findings of the record */
    uint32_t ends;        /* one of them that was told, and stands for long enough to end the process; 0: none */
};

/*
 * Judge, confirm that it stood still meanwhile, and write down what is new. What is only likely counts when it has
 * stood for a while. `suspected`: a look has seen a cycle, so do not first ask whether there is anything. Inside the
 * library only, and not under the raw lock.
 */
void deadlock_report_confirm(struct deadlock_report *a, const struct deadlock_world *w, bool suspected) HIDDEN;

/* Tell the changes. May end the process, if the options say so. */
void deadlock_report_tell(const struct deadlock_report *a) HIDDEN;

/*
 * A thread that has THREAD_REPORTED goes on from a wait, which had that sequence number: what was told of it is no
 * deadlock. Says so in the record, and to whom it was told.
 */
void deadlock_report_refute(struct thread *t, uint32_t sequence) HIDDEN;

#endif
