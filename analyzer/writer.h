/*
 * A record that is made by the analyzer: in memory, then a file, all of it or nothing.
 */
#ifndef LOCKWATCH_ANALYZER_WRITER_H
#define LOCKWATCH_ANALYZER_WRITER_H

#include "record/table.h"

struct writer_piece {
    char *memory;
    size_t size;
};

struct writer {
    struct record record;
    struct writer_piece *piece; /* of the file, in their order */
    size_t pieces, size;
    bool failed; /* there was no room for something */
};

/* A record without anything in it. False: no memory. End in both cases. */
bool writer_begin(struct writer *w);
void writer_end(struct writer *w);

/* A new item of a table; NULL, for good, when there is no room. `id` gets its id. */
void *writer_add(struct writer *w, enum record_table_id t, uint32_t *id);

/* The same for `count` of them in a row. */
void *writer_add_run(struct writer *w, enum record_table_id t, uint32_t count, uint32_t *id);

/*
 * Writes it to a file, in place of one that is there. NULL: done; else the reason why not, and then the file is what it
 * was.
 */
const char *writer_save(const struct writer *w, const char *path);

#endif
