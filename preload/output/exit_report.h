/*
 * The report when a process ends cleanly: what its record shows that could have happened, and mistakes that were noted
 * meanwhile. Deadlocks were reported as they formed.
 *
 * Other threads may still run; judging is repeated when a pruning changed the record under it. Costs no more than the
 * judging, on our own memory, unless there is a warning to print.
 */
#ifndef LOCKWATCH_PRELOAD_OUTPUT_EXIT_REPORT_H
#define LOCKWATCH_PRELOAD_OUTPUT_EXIT_REPORT_H

#include "preload/os/real.h"

/* Once, as the process ends. Returns whether there is a reason to keep the record, reported now or before. */
bool exit_report(void) HIDDEN;

#endif
