/*
 * A target as a record: its threads, what they wait for, who owns that, and their stacks; judged and reported like the
 * record of a preloaded program. What cannot be known from outside is left unknown: then a wait has no owner, and
 * nobody is ruled out who could end it.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_FILL_H
#define LOCKWATCH_ANALYZER_ATTACH_FILL_H

#include "analyzer/attach/family.h"
#include "analyzer/attach/interpreter.h"
#include "analyzer/attach/modules.h"
#include "analyzer/attach/python_locks.h"
#include "analyzer/record_writer.h"

/* The Python interpreter of the first member, the locks of its programs, and who had its own when it was read. */
struct fill_gil {
    struct interpreter python;
    struct python_locks locks; /* to be freed */
    uint32_t owner;            /* tid; 0: nobody */
};

/* Reads everything of the first member that the record says, and how the others come into it. False: no memory. */
bool fill_record(struct record_writer *w, struct family *f, struct modules *m, struct fill_gil *gil);

/*
 * The same for what is missing in the process's own record, which `w` has: what threads wait for that run by that
 * record, as the wait is in a call that the library does not see; and who owns that, or what others wait for.
 */
bool fill_recorded(struct record_writer *w, struct family *f, struct modules *m, struct fill_gil *gil);

/* Afterwards: threads that have moved since then count as running. */
void fill_moved(struct record_writer *w, const struct family *f, const struct fill_gil *gil);

#endif
