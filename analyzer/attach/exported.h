/*
 * Where a module of the target has a function or variable that it exports: by the hash table for the loader, in the
 * target's memory, so that no file is opened. Some ten reads.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_EXPORTED_H
#define LOCKWATCH_ANALYZER_ATTACH_EXPORTED_H

#include "analyzer/attach/modules.h"

/* Its address; 0: there is none. */
uint64_t exported(struct target *t, const struct attached_module *m, const char *name);

/* Whether it uses that of another module. Reads the names of all that it imports, which come before its own. */
bool imported(struct target *t, const struct attached_module *m, const char *name);

#endif
