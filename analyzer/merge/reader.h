/*
 * Reads one record into a pool: from the ids of the record to those of the pool. What leads nowhere in the record is
 * left out. The parts have a file each and build on each other: files and places, locks, threads and epochs, holds,
 * wakers, findings.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_READER_H
#define LOCKWATCH_ANALYZER_MERGE_READER_H

#include "analyzer/merge/pool.h"
#include "analyzer/opened_record.h"

struct reader {
    struct pool *pool;
    struct opened_record *view;
    const struct record *record;
    bool merged;  /* the record is itself merged */
    uint32_t run; /* else: the run that it is of */
    char *program;
    struct set place_keys;      /* those that were found */
    uint32_t *map[TABLE_COUNT]; /* by id in the record: the id in the pool; READER_NONE: leads nowhere */
    uint32_t *paths;            /* likewise, of holds as paths; those of map[TABLE_HOLDS] are nodes */
    uint32_t *first_use;        /* by lock: stack, in the record */
    bool *seen;                 /* items of a list, each of which is in one list only */
};

#define READER_NONE UINT32_MAX
#define READER_BUSY (UINT32_MAX - 1)

/* Everything that a record says. False: no memory. */
bool reader_read(struct pool *p, struct opened_record *view);

/* The item of a map; NULL when the id is none of that table. */
static inline uint32_t *reader_map(const struct reader *r, enum record_table_id t, uint32_t id)
{
    return id == 0 || id >= record_used(r->record, t) ? NULL : &r->map[t][id];
}

/* The id in the pool of what has been read already; 0: none. */
static inline uint32_t reader_known(const struct reader *r, enum record_table_id t, uint32_t id)
{
    const uint32_t *known = reader_map(r, t, id);
    return known == NULL || *known == READER_NONE ? 0 : *known;
}

/* --- files and places (read_places.c) --- */

void reader_modules(struct reader *r);
struct pool_place reader_place(struct reader *r, uint64_t address);
uint32_t reader_stack(struct reader *r, uint32_t id);

/* A number for a place in the code, the same in every build as long as its function is the same. */
uint64_t reader_place_key(struct reader *r, uint64_t address, bool call);

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
