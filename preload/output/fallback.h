/*
 * A finding told by the library itself: the first line of a deadlock always, the rest when the analyzer cannot be had;
 * then with functions and offsets where that would have source lines. In log_lock's turn.
 */
#ifndef LOCKWATCH_PRELOAD_OUTPUT_FALLBACK_H
#define LOCKWATCH_PRELOAD_OUTPUT_FALLBACK_H

#include "preload/os/real.h"
#include "report/tally.h"

void fallback_headline(const struct finding *f) HIDDEN;
void fallback_story(const struct finding *f) HIDDEN;

/* How many more there are like those that were told. */
void fallback_more(unsigned count) HIDDEN;

/* The line that ends it all: "1 warning, 2 notes"; `cut`: and there may be more. */
void fallback_tally(const struct tally *t, bool cut) HIDDEN;

#endif
