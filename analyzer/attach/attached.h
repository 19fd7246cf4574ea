/*
 * A process or a core, opened like a record: `lockwatch attach` and `lockwatch core`. Two looks at a process, a moment
 * apart: what has not run in between was true all the while. One at a time, as what judges it has no argument for it.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_ATTACHED_H
#define LOCKWATCH_ANALYZER_ATTACH_ATTACHED_H

#include "analyzer/attach/family.h"
#include "analyzer/opened_record.h"

struct attached {
    struct target target;
    struct family family; /* with the target as its first member */
    bool from_outside;    /* whatever it has recorded is left out */
    bool recorded;        /* the view is that of its own record, with what only the kernel knows */
    char unrecorded[200]; /* why not, although it has one; empty: it has none */
    struct opened_record view;
};

/* False: target.error says why not. Close in both cases. `name` lives as long. */
bool attached_process(struct attached *a, const char *name, uint32_t pid, bool stop);
bool attached_core(struct attached *a, const char *path, const char *executable);
void attached_close(struct attached *a);

/*
 * The same for a child that `parent` forked, and that has one thread, which sleeps at a lock of libc's own that only
 * its owner releases: no handler does. True: there is a finding, and the record with it is written to `path`, which
 * lives as long. Close in both cases.
 */
bool attached_save_child(struct attached *a, uint32_t pid, const struct record *parent, const char *path);

#endif
