/*
 * A pool as a record: what was marked, in an order that depends on what it says and on nothing else.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_WRITE_H
#define LOCKWATCH_ANALYZER_MERGE_WRITE_H

#include "analyzer/merge/pool.h"
#include "analyzer/record_writer.h"

/* False: no room. */
bool write_pool(struct pool *p, struct record_writer *w);

#endif
