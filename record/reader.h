/*
 * Reads a record from a file, as hostile input: what record/table.h gives afterwards is within bounds whatever the file
 * says, and ids that lead nowhere give nothing.
 *
 * The file is copied into memory first, so that a process that still writes to it cannot change what was checked. A
 * record of a live process is as of the moment of the copy; each table is consistent up to its `used`.
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

/* True when `path` is a record of this version that can be read. Else `error` says why. Close in both cases. */
bool record_open(struct record_file *f, const char *path);

/* The same for `size` bytes in memory, which are copied. For tests and fuzzing. */
bool record_open_bytes(struct record_file *f, const void *data, size_t size);

void record_close(struct record_file *f);

#endif
