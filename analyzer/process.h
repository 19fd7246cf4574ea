/*
 * How the process of a record is: whether it still runs, and else how it ended, as far as the record or the
 * kernel know.
 */
#ifndef LOCKWATCH_ANALYZER_PROCESS_H
#define LOCKWATCH_ANALYZER_PROCESS_H

#include "record/table.h"

/* Whether the process of a record runs now, and not another one of its number. A zombie does not. */
bool process_runs(const struct record *r);

/* "running", "exit 0", "signal 9", "unknown", as in JSON. */
void process_end(const struct record *r, bool runs, char *text, size_t size);

#endif
