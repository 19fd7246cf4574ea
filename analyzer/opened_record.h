/*
 * A record, opened for a command: its tables, whether its process runs, its findings, and the names in it.
 */
#ifndef LOCKWATCH_ANALYZER_OPENED_RECORD_H
#define LOCKWATCH_ANALYZER_OPENED_RECORD_H

#include "analyzer/findings.h"
#include "analyzer/lock_source.h"
#include "analyzer/set.h"
#include "analyzer/symbols/names.h"
#include "record/reader.h"
#include "report/story.h"

struct python_names;

/* An item of `sightings`: the key is that of a finding's id. */
struct sighting {
    struct key key;
    unsigned runs;
    bool shown;
};

struct opened_record {
    const char *path;
    struct record_file file;
    struct record_file *joint; /* it, and behind it what other processes have recorded; NULL: none (analyzer/joint.h) */
    const struct record *record;
    struct sealed sealed;
    struct symbols *symbols;
    struct names *names;
    struct lock_sources *lock_sources;
    struct findings findings;
    const struct set *sightings; /* in how many of all `records` each finding is; NULL: that is not said */
    unsigned records;
    struct short_names short_names; /* of its locks without a name, in the texts that are written of it */
    struct python_names *python;    /* what Python code calls its locks; NULL: nobody has asked yet */
    bool runs;                      /* the process, when the record was read */
    bool ended;                     /* it was ended from outside, or is about to be */
    uint64_t now;                   /* CLOCK_REALTIME, nanoseconds, when it was read */
};

#endif
