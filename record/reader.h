/*
 * Reads a record from a file, as hostile input: afterwards record/table.h stays within bounds whatever the file says,
 * and invalid ids lead to nothing.
 *
 * The file is copied into memory first, so that a process that still writes to it cannot change what was checked. In
 * the copy of a live process's record each table is consistent up to its `used`.
 */
#ifndef LOCKWATCH_RECORD_READER_H
#define LOCKWATCH_RECORD_READER_H

#include "record/table.h"

struct record_file {
    struct record record;
    char *data;
    size_t size;
    char error[200]; /* why it was refused: place and reason, without the file's name */
};

/* True: `path` is a readable record of this version. Else `error` says why not. Close in both cases. */
bool record_open(struct record_file *f, const char *path);

/* The same for `size` bytes in memory, which are copied. For tests and fuzzing. */
bool record_open_bytes(struct record_file *f, const void *data, size_t size);

void record_close(struct record_file *f);

#endif
