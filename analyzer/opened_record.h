/*
 * A record, opened for a command: its tables, whether its process runs, its findings, and the names in it.
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
    bool runs;    /* the process, when the record was read */
    uint64_t now; /* CLOCK_REALTIME, nanoseconds, when it was read */
};

#endif
