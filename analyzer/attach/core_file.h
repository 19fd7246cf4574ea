/*
 * A core file, of the kernel or of gdb's gcore: the registers of its threads, its mappings (NT_FILE) and its memory.
 * Memory that the kernel leaves out of cores, as it is in files, is read from these.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_CORE_FILE_H
#define LOCKWATCH_ANALYZER_ATTACH_CORE_FILE_H

#include "analyzer/attach/target.h"

/*
 * Opens a core. `executable`: where the program is now; NULL: where it was. False: `error` says why not. Close in both
 * cases.
 */
bool core_file_open(struct target *t, const char *path, const char *executable);

/* True: the file of its program is there, or is not needed. Else a line about that in `error`. */
bool core_file_has_program(struct target *t);

#endif
