/*
 * The analyzer as a helper, for source lines in what the library tells: started so that the program can neither see it
 * (no SIGCHLD) nor reap it (its wait() passes over it), with no environment, signals or descriptors of the program's.
 */
#ifndef LOCKWATCH_PRELOAD_OUTPUT_ANALYZER_CALL_H
#define LOCKWATCH_PRELOAD_OUTPUT_ANALYZER_CALL_H

#include "preload/os/real.h"

/* Find the analyzer beside the library; at start-up, as the library's path may be relative. */
void analyzer_call_find(void) HIDDEN;

/*
 * Let it print a finding of our record to the log, by its number, or what is left to tell at the end ("--end"), in one
 * of its ways (analyzer/commands/tell.c) or NULL; and wait until it did, for some ten seconds at most, six
 * at the end. In log_lock's turn.
 */
enum analyzer_call_did {
    TELLER_NONE, /* it could not be had, or there is no record that it could read */
    TELLER_TOLD, /* or there is no log */
    TELLER_LEFT, /* it left it out: that is suppressed */
};
enum analyzer_call_did analyzer_call(const char *what, const char *way) HIDDEN;

#endif
