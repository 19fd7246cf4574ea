/*
 * The analyzer as a helper, for source lines in the live report: started so that the program can neither see it (no
 * SIGCHLD) nor reap it (its wait() passes over it), with no environment, signals or descriptors of the program's.
 */
#ifndef LOCKWATCH_PRELOAD_TELLER_H
#define LOCKWATCH_PRELOAD_TELLER_H

#include "preload/real.h"

#include <stdint.h>

/* Find the analyzer beside the library; at start-up, as the library's path may be relative. */
void teller_find(void) HIDDEN;

/* Let it print a finding of the record to the log, and wait until it did. False: it could not be had. */
bool teller_tell(const char *record, uint32_t finding) HIDDEN;

#endif
