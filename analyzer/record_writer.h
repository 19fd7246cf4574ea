/*
 * Writes a record: in memory first, then to a file, all of it or nothing.
 */
#ifndef LOCKWATCH_ANALYZER_RECORD_WRITER_H
#define LOCKWATCH_ANALYZER_RECORD_WRITER_H

#include "record/table.h"

struct record_writer_piece {
    char *memory;
    size_t size;
};

struct record_writer {
    struct record record;
    struct record_writer_piece *piece; /* of the file, in order */
    size_t pieces, size;
    bool failed; /* there was no room left */
};

/* An empty record. False: no memory. End in both cases. */
bool record_writer_begin(struct record_writer *w);
void record_writer_end(struct record_writer *w);

/* A new item of a table, and its id in *id. NULL: no room, and from then on always. */
void *record_writer_add(struct record_writer *w, enum record_table_id t, uint32_t *id);

/* The same for `count` of them in a row. */
void *record_writer_add_items(struct record_writer *w, enum record_table_id t, uint32_t count, uint32_t *id);

/* All of it in one piece. To be freed; NULL: no memory. */
char *record_writer_join(const struct record_writer *w);

/* Writes it to a file, replacing that. NULL: done; else the reason why not, and the file stays as it was. */
const char *record_writer_save(const struct record_writer *w, const char *path);

#endif
