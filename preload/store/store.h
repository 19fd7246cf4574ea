/*
 * Where the library's record lives: in a file of the folder for records, or, when none can be made, in anonymous
 * memory. Disk space is claimed before it is mapped, so that a full disk is no SIGBUS; no descriptor is kept open. All
 * of it under the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_STORE_STORE_H
#define LOCKWATCH_PRELOAD_STORE_STORE_H

#include "preload/os/real.h"
#include "record/table.h"

extern struct record ours HIDDEN; /* ours.header == NULL: nothing needed a record so far */

/* Begin the record. True when there is one now, be it in memory only. */
bool store_begin(void) HIDDEN;

/* The path of the program that this process executes, as it was when first asked for; "" if the kernel does not say.
 */
const char *store_executable(void) HIDDEN;

/* The path of the record's file, NULL when it lives in memory only. */
const char *store_path(void) HIDDEN;

/* At a clean end: keep the file or remove it, as the options say. */
void store_end(bool findings) HIDDEN;

/*
 * In the child of a fork: forget the parent's record, which is no longer ours to write. There is empty memory in its
 * place, as a signal handler may have forked in the middle of a wrapper.
 */
void store_leave(void) HIDDEN;

/* The same for one that stands aside (preload/os/fork_guard.h), with a copy in its place. */
void store_copy(void) HIDDEN;

#endif
