/*
 * What is left to say when a process ends cleanly: what its record shows that did not happen, and the mistakes that
 * were noted on the way. Deadlocks were told as they formed.
 *
 * Other threads may still run. Costs no more than the judging, on our own memory, unless there is a warning.
 */
#ifndef LOCKWATCH_PRELOAD_OUTPUT_EXIT_REPORT_H
#define LOCKWATCH_PRELOAD_OUTPUT_EXIT_REPORT_H

#include "preload/os/real.h"

/* Say it, once, as the process ends. Whether there was anything to keep the record for, told now or before. */
bool exit_report(void) HIDDEN;

#endif
