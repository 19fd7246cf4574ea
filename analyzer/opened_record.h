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

#endif
