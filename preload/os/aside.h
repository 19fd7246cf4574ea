/*
 * Standing aside: where the library cannot watch without harm it does nothing at all. Every call that still reaches it
 * is passed on, and its names are removed from its symbol table, so that whoever looks one up from now on finds the
 * next library's at once.
 *
 * That is where libc is not glibc, where ThreadSanitizer is in the process (its runtime comes before us, and calls us
 * from within), and where libc does not come behind us: the library was opened by dlopen, or linked behind libc.
 */
#ifndef LOCKWATCH_PRELOAD_OS_ASIDE_H
#define LOCKWATCH_PRELOAD_OS_ASIDE_H

#include "preload/os/real.h"

/* Decided once, at start-up, when options are read. Until then it is false, and nothing is watched yet. */
extern bool aside_taken HIDDEN;

/* Decide, and say so to `lockwatch run` alone. What it returns is aside_taken. */
bool aside_look(void) HIDDEN;

#endif
