/*
 * A thread waits for a lock that processes share, while its process holds another one: processes may wait for each
 * other. Their records show it together, so the analyzer is asked (analyzer/joint.h): once for each such wait, when it
 * has lasted for two seconds. If that has found a deadlock, and still stands, the options may end the process. Only the
 * process whose wait is the newest prints it.
 *
 * By the recheck thread alone. Nothing but a look at who waits, and what is held, where no thread waits so.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_OTHER_PROCESSES_H
#define LOCKWATCH_PRELOAD_WAIT_OTHER_PROCESSES_H

#include "preload/os/real.h"

#include <stdbool.h>

/* Whether a thread that waits for a shared lock is a reason to look: the process holds another one. */
bool other_processes_concern(uint64_t awaited) HIDDEN;

/* True: look again, later. */
bool other_processes_look(void) HIDDEN;

#endif
