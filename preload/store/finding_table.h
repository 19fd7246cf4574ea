/*
 * The findings that are written down while the process runs.
 */
#ifndef LOCKWATCH_PRELOAD_STORE_FINDING_TABLE_H
#define LOCKWATCH_PRELOAD_STORE_FINDING_TABLE_H

#include "detect/finding.h"
#include "preload/store/store.h"

static inline struct record_finding *finding_at(uint32_t id)
{
    return record_at(&ours, TABLE_FINDINGS, id, sizeof(struct record_finding), record_first_shift[TABLE_FINDINGS]);
}

/* The id of a finding that is recorded already; 0: it is not. */
uint32_t finding_find(const struct finding *f) HIDDEN;

/* Record a finding; 0: no room. Under the raw lock. */
uint32_t finding_add(const struct finding *f) HIDDEN;

/* Whether any was reported of which no thread has gone on since. */
bool finding_was_reported(void) HIDDEN;

#endif
