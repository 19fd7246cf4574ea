/*
 * Joins several records in one, which says what each of them says and is read like any other.
 *
 * The result depends on what the records say and on nothing else: not on their order, nor on how often a record is
 * given, alone or as part of merged ones. docs/merging.md says what is taken for the same, and why. For one thread;
 * keeps what is new in each record in memory.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_MERGE_H
#define LOCKWATCH_ANALYZER_MERGE_MERGE_H

#include "analyzer/merge/pool.h"
#include "analyzer/opened_record.h"
#include "analyzer/record_writer.h"

struct merge {
    struct pool pool;
};

void merge_begin(struct merge *m);
void merge_end(struct merge *m);

/* False: no memory; then the merge is of no use. */
bool merge_add(struct merge *m, struct opened_record *view);

/* All that was added, as a record in memory; end `w` in any case. Add nothing afterwards. */
bool merge_write(struct merge *m, struct record_writer *w);

/* The same to a file; NULL: done, else why not. */
const char *merge_save(struct merge *m, const char *path);

#endif
