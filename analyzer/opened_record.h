/*
 * A record, opened for a command: the tables, how its process is, its findings, and the names of what it
 * speaks of.
 */
#ifndef LOCKWATCH_ANALYZER_OPENED_RECORD_H
#define LOCKWATCH_ANALYZER_OPENED_RECORD_H

#include "analyzer/findings.h"
#include "analyzer/symbols/names.h"
#include "record/reader.h"

struct opened_record {
    const char *path;
    struct record_file file;
    const struct record *record;
    struct symbols *symbols;
    struct names *names;
    struct findings findings;
    bool runs;    /* its process, as the record was read */
    uint64_t now; /* CLOCK_REALTIME, nanoseconds, when it was read */
};

/*
 * Opens and judges a record. False when it cannot be read: then file.error says why. Of a running process it
 * is read a second time before a finding is believed that the process did not report itself. Close in both
 * cases.
 */
bool opened_record_open(struct opened_record *v, const char *path);

/* The same for a record in memory, of a process that does not run. For tests and fuzzing. */
bool opened_record_open_bytes(struct opened_record *v, const void *data, size_t size);

void opened_record_close(struct opened_record *v);

#endif
