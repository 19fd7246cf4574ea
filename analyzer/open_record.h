/*
 * Opening a record for a command.
 */
#ifndef LOCKWATCH_ANALYZER_OPEN_RECORD_H
#define LOCKWATCH_ANALYZER_OPEN_RECORD_H

#include "analyzer/opened_record.h"

/*
 * Opens and judges a record. False: it cannot be read, and file.error says why. The record of a running process is read
 * a second time to confirm a deadlock that the process did not report itself. Close in both cases.
 */
bool opened_record_open(struct opened_record *v, const char *path);

/* The same for who has ended the process, or is about to, because it did not end by itself. */
bool opened_record_open_asked(struct opened_record *v, const char *path);

/* The time by the clock of a record, which does not jump while its process runs. */
uint64_t opened_clock(const struct record *r);

/* The same for a record in memory, of a process that does not run. */
bool opened_record_open_bytes(struct opened_record *v, const void *data, size_t size);

/* A record in memory that was read from outside (analyzer/attach/): `judge` gathers its findings. */
bool opened_record_open_outside(struct opened_record *v, const char *path, const void *data, size_t size, bool runs,
                                bool (*judge)(struct findings *all, const struct record *r));

/*
 * The same, of a process that has written that record itself: with all its findings, and deadlocks judged by `world`,
 * whose record is set.
 */
struct deadlock_world;
bool opened_record_open_beside(struct opened_record *v, const char *path, const void *data, size_t size, bool runs,
                               struct deadlock_world *world);

/* From now on all that is asked about its addresses is kept in `sealed`. False: no memory. */
bool opened_record_seal(struct opened_record *v);

void opened_record_close(struct opened_record *v);

#endif
