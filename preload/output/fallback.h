/*
 * A finding printed by the library itself: the first line of a deadlock always; what is below it when the analyzer
 * cannot be run, and then in brief, a line for each thread, with functions and offsets instead of source lines.
 * Serialised by log_lock.
 */
#ifndef LOCKWATCH_PRELOAD_OUTPUT_FALLBACK_H
#define LOCKWATCH_PRELOAD_OUTPUT_FALLBACK_H

#include "preload/os/real.h"
#include "report/tally.h"

void fallback_headline(const struct finding *f) HIDDEN;
void fallback_brief(const struct finding *f) HIDDEN;

/* How many more there are like those that were printed. */
void fallback_more(unsigned count) HIDDEN;

/* The last line: "1 warning, 2 notes"; `cut`: and there may be more. */
void fallback_tally(const struct tally *t, bool cut) HIDDEN;

#endif
