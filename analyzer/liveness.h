/*
 * Whether the process of a record still runs, and else how it ended, as far as the record or the kernel knows.
 */
#ifndef LOCKWATCH_ANALYZER_LIVENESS_H
#define LOCKWATCH_ANALYZER_LIVENESS_H

#include "record/table.h"

/* Whether the process of a record runs now, not another one with its pid. A zombie does not run. */
bool liveness_runs(const struct record *r);

/*
 * Asks the kernel which threads of a running process sleep in a futex call although its record says that they run, and
 * marks them THREAD_ASLEEP in this copy of the record. True: there are some; then confirm with `later`, a copy made
 * afterwards, which shows those that were just about to record their wait. Where the kernel does not answer, the marks
 * of the library stay.
 */
bool liveness_mark_asleep(const struct record *r);
void liveness_confirm_asleep(const struct record *r, const struct record *later);

/* The number of runs in a merged record; 0: it is not merged. */
uint32_t liveness_merged(const struct record *r);

/* "running", "exit 0", "signal 9", "unknown", as in JSON. */
void liveness_end(const struct record *r, bool runs, char *text, size_t size);

#endif
