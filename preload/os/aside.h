/*
 * Standing aside: where the library cannot watch without harm it does nothing at all. Every call that still comes to it
 * goes on to who would have had it without us, and its names are taken out of its symbol table, so that who asks for
 * one from now on finds the others' at once.
 *
 * It does so where libc is not glibc, where ThreadSanitizer is in the process (its runtime stands before us, and calls
 * us from within), and where libc does not come behind us: the library was opened by dlopen, or linked behind libc.
 */
#ifndef LOCKWATCH_PRELOAD_OS_ASIDE_H
#define LOCKWATCH_PRELOAD_OS_ASIDE_H

#include "preload/os/real.h"

/* Decided once, at start-up, when options are read. Until then it is false, and nothing is watched yet. */
extern bool aside_taken HIDDEN;

/* Decide, and say so to `lockwatch run` alone. What it returns is aside_taken. */
bool aside_look(void) HIDDEN;

/* Of libc: its link map, or NULL if it does not come behind us. */
const void *aside_libc(void) HIDDEN;

/* The link map of what is loaded at this address; NULL: nothing, or not known. */
const void *aside_object(const void *address) HIDDEN;

#endif
