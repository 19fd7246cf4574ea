/*
 * The record of a target that was preloaded: it is mapped there, so the target's memory has it, as of now. A core may
 * have been made without the memory of files; then the record is read where it was, or beside the core.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_RECORDED_H
#define LOCKWATCH_ANALYZER_ATTACH_RECORDED_H

#include "analyzer/attach/target.h"
#include "record/reader.h"

/*
 * False: it has none, and `error` is empty; or none that can be read, and `error` says why. `core`: path of the core;
 * NULL: the target is a process. Close in both cases.
 */
bool recorded_open(struct record_file *f, struct target *t, const char *core);

#endif
