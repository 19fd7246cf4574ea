/*
 * Whether a library was built for a newer glibc than a program has: the loader ends such a program.
 *
 * The program's glibc is libc.so.6 beside its loader, whose links are followed, as the two must be of one build; where
 * there is none, nothing is known. Some 40 system calls, and less than 1 KiB of stack (program/preloadable.h).
 */
#ifndef LOCKWATCH_PROGRAM_NEWER_H
#define LOCKWATCH_PROGRAM_NEWER_H

#include <stdbool.h>

/* Paths of both. False: it was not, or that is not known. */
bool newer_than_libc(const char *library, const char *loader);

#endif
