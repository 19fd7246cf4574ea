/*
 * The watched process as a whole: its start and end, and fork.
 */
#ifndef LOCKWATCH_PRELOAD_PROCESS_PROCESS_H
#define LOCKWATCH_PRELOAD_PROCESS_PROCESS_H

#include "preload/os/real.h"

/* Be told of forks, before everybody else. */
void process_watch_forks(void) HIDDEN;

/* The process ends cleanly, with this status; write it down and keep the record or not. */
void process_end(int status) HIDDEN;

#endif
