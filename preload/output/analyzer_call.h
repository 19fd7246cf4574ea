/*
 * Runs the analyzer as a helper process that prints a report with source lines. The program can neither see the helper
 * (no SIGCHLD) nor reap it (its wait() passes over it); the helper gets no environment, signals or descriptors of the
 * program's. Serialised by log_lock. Takes as long as the analyzer does: 10 ms and more.
 */
#ifndef LOCKWATCH_PRELOAD_OUTPUT_ANALYZER_CALL_H
#define LOCKWATCH_PRELOAD_OUTPUT_ANALYZER_CALL_H

#include "preload/os/real.h"

/* Find the analyzer beside the library; at start-up, as the library's path may be relative. */
void analyzer_call_find(void) HIDDEN;

enum analyzer_call {
    ANALYZER_FAILED,     /* it could not be run, or there is no record that it could read */
    ANALYZER_PRINTED,    /* or there is no log */
    ANALYZER_CERTAIN,    /* likewise, of several processes, and it is certain */
    ANALYZER_SUPPRESSED, /* it printed nothing, as that is suppressed, or there is nothing */
};

/*
 * Let it print to the log a finding of our record, by its number; or, at the end of the process, what was not printed
 * so far ("--end"); or make a record of the child `way` and print what it found ("--child"); or who of several
 * processes waits for whom ("--processes"): these two it is asked even if there is no log. `way`: an option of
 * `lockwatch live-report` (analyzer/commands/live_report.c), or NULL. Waits until it has ended, for some ten seconds at
 * most, six at the end.
 */
enum analyzer_call analyzer_call(const char *what, const char *way) HIDDEN;

#endif
