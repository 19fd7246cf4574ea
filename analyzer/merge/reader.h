/*
 * One record, on its way into a pool: from its ids to those of the pool. What leads nowhere in the record is left out.
 * The parts stand in a file each and go up from what needs nothing else: files and places, locks, holds, threads,
 * findings.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_READER_H
#define LOCKWATCH_ANALYZER_MERGE_READER_H

#include "analyzer/merge/pool.h"
#include "analyzer/opened_record.h"

struct reader_named;

struct reader {
    struct pool *pool;
    struct opened_record *view;
    const struct record *record;
    bool merged;  /* the record is itself merged */
    uint32_t run; /* else: the run that it is of */
    char *program;
    struct reader_named *named;                                         /* answers of reader_named */
    uint32_t *runs, *modules, *stacks, *locks, *nodes, *paths, *epochs; /* by id; READER_NONE: leads nowhere */
    uint32_t *first_use;                                                /* by lock: stack, in the record */
    bool *seen;                                                         /* items of a list, each in one list only */
};

#define READER_NONE UINT32_MAX
#define READER_BUSY (UINT32_MAX - 1)

/* Everything that a record says. False: no memory. */
bool reader_read(struct pool *p, struct opened_record *view);

/* An item of a map that was made with one place for each id of a table; NULL when the id leads nowhere. */
static inline uint32_t *reader_map(const struct reader *r, uint32_t *map, enum record_table_id t, uint32_t id)
{
    return id == 0 || id >= record_used(r->record, t) ? NULL : &map[id];
}

/* --- files and places (read_places.c) --- */

void reader_modules(struct reader *r);
struct pool_place reader_place(struct reader *r, uint64_t address);
uint32_t reader_stack(struct reader *r, uint32_t id);

/* A number for a place in the code that is the same in every build, as long as its function is the same. */
uint64_t reader_named(struct reader *r, uint64_t address, bool call);
void reader_forget_names(struct reader *r);

/* --- locks (read_locks.c) --- */

bool reader_locks(struct reader *r);
uint32_t reader_lock(struct reader *r, uint32_t id);

/* --- holds (read_holds.c), which need epochs --- */

bool reader_holds(struct reader *r);
uint32_t reader_path(struct reader *r, uint32_t id);

/* --- threads (read_threads.c) --- */

bool reader_threads(struct reader *r);
uint32_t reader_thread(struct reader *r, uint32_t id, uint32_t serial);
bool reader_wakers(struct reader *r);

/* --- findings (read_findings.c) --- */

bool reader_findings(struct reader *r);

#endif
