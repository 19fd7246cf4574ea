/*
 * Which part of a pool is written into the merged record. A run that shows nothing which KEEP_RUNS earlier ones have
 * not shown only raises counts, so a record into which the runs of every day are merged grows with what is new in them.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_KEEP_H
#define LOCKWATCH_ANALYZER_MERGE_KEEP_H

#include "analyzer/merge/pool.h"

enum { KEEP_RUNS = 2 };

/* Marks all that is to be written. False: no memory. */
bool keep_mark(struct pool *p);

/* Whether acquisitions, wakes and posts of this epoch or thread are to be written. */
static inline bool keep_thread(const struct pool *p, uint32_t thread)
{
    return pool_run(p, pool_thread(p, thread)->run)->kept;
}

static inline bool keep_epoch(const struct pool *p, uint32_t epoch)
{
    return keep_thread(p, pool_epoch(p, epoch)->thread);
}

#endif
