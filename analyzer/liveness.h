/*
 * How the process of a record is: whether it still runs, and else how it ended, as far as the record or the
 * kernel know.
 */
#ifndef LOCKWATCH_ANALYZER_LIVENESS_H
#define LOCKWATCH_ANALYZER_LIVENESS_H

#include "record/table.h"

/* Whether the process of a record runs now, and not another one of its number. A zombie does not. */
bool liveness_runs(const struct record *r);

/*
 * Asks the kernel which threads of a running process sleep in a futex call, though they run as far as its record says,
 * and marks them in this copy of it, THREAD_ASLEEP. True when there are some: `later`, a copy that was made afterwards,
 * then tells which of them have only just said what they wait for. Where we may not ask, what the library has marked
 * stands.
 */
bool liveness_mark_unseen(const struct record *r);
void liveness_confirm_unseen(const struct record *r, const struct record *later);

/* Of how many processes a merged record is; 0: it is of one, and was not merged. */
uint32_t liveness_merged(const struct record *r);

/* "running", "exit 0", "signal 9", "unknown", as in JSON. */
void liveness_end(const struct record *r, bool runs, char *text, size_t size);

#endif
