/*
 * The watched process as a whole: its start, its end, and fork. Holds the order in which the other modules are started
 * and, in the child of a fork, reset.
 */
#ifndef LOCKWATCH_PRELOAD_PROCESS_PROCESS_H
#define LOCKWATCH_PRELOAD_PROCESS_PROCESS_H

#include "preload/os/real.h"

/* Register the fork handlers, so that those of the library run first in the child. */
void process_watch_forks(void) HIDDEN;

/* The process ends cleanly, with this status: record that, report, and keep the record or delete it. Once. */
void process_end(int status) HIDDEN;

#endif
