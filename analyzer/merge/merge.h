/*
 * Several records made into one, which says what each of them says, and is read like any other.
 *
 * The result depends on what the records say and on nothing else: not on their order, nor on how often one of them is
 * given, alone or within records that were merged before. docs/merging.md tells what is taken for the same, and why.
 * For one thread; takes memory for all that is new in each record.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_MERGE_H
#define LOCKWATCH_ANALYZER_MERGE_MERGE_H

#include "analyzer/merge/pool.h"
#include "analyzer/opened_record.h"
#include "analyzer/writer.h"

struct merge {
    struct pool pool;
};

void merge_begin(struct merge *m);
void merge_end(struct merge *m);

/* False: no memory; then the merge is good for nothing. */
bool merge_add(struct merge *m, struct opened_record *view);

/* All that was added, as a record in memory. End it in any case. Not to be added to afterwards. */
bool merge_write(struct merge *m, struct writer *w);

/* The same to a file; NULL: done, else why not. */
const char *merge_save(struct merge *m, const char *path);

#endif
