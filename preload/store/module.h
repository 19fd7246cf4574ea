/*
 * The ELF files that the program has loaded, recorded so that a reader knows what a code address is. Takes the loader's
 * lock: never to be called under the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_STORE_MODULE_H
#define LOCKWATCH_PRELOAD_STORE_MODULE_H

#include "preload/os/real.h"

/* Record what was loaded since the last time. */
void module_note(void) HIDDEN;

/* Until another thread that is about to record modules has done so, for a second or so: before a report names them. */
void module_settle(void) HIDDEN;

/*
 * Around a fork, in the parent: no thread asks the loader meanwhile. Its lock would stay locked in the child for ever,
 * as fork does not reset it (glibc 2.36, elf/dl-iteratephdr.c), and the child would wait there with its first new
 * stack.
 */
void module_fork_begins(void) HIDDEN;
void module_fork_over(void) HIDDEN;

#endif
