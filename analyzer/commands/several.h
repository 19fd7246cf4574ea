/*
 * Reading records one after the other and writing what they have in one format: text with each finding once, in the
 * first record that has it, and in how many it is; other formats as one report. Text of several records is made in two
 * passes, as a record in memory is large.
 */
#ifndef LOCKWATCH_ANALYZER_COMMANDS_SEVERAL_H
#define LOCKWATCH_ANALYZER_COMMANDS_SEVERAL_H

#include "analyzer/baseline.h"
#include "analyzer/commands/cmd.h"

struct several {
    char *const *path;
    unsigned count;
    const struct format *format;
    const struct output *out;
    const struct suppressions *suppressions; /* beside those that a record names; may be NULL */
    const struct baseline *baseline;         /* may be NULL */
    enum finding_severity fail_on;

    unsigned read; /* so many could be read: nothing is written if there are none */

    /* Its own. */
    unsigned readable;
    struct set sightings; /* struct sighting */
    struct facts *facts;  /* NULL: it is written one record after the other */
};

/* STATUS_CLEAN, STATUS_FOUND, or STATUS_RECORD if one could not be read, which is said. */
int several_write(struct several *all);

#endif
