/*
 * Whether a library can be preloaded into a program that is about to be executed: what the kernel and glibc's loader
 * will make of its file, of the file's mode and of its environment.
 *
 * System calls and about 1.5 KiB of stack only, no cancellation point, nothing written: it may be called from a signal
 * handler and in the child of a vfork. A bad pointer is no harm, as execve does not mind one either. errno is lost.
 */
#ifndef LOCKWATCH_PROGRAM_PRELOADABLE_H
#define LOCKWATCH_PROGRAM_PRELOADABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h> /* __GLIBC__ */

/*
 * Why our library is not loaded into what execve would start, as "statically linked"; interpreters of scripts are
 * followed. NULL if it is, and also where that is not known: a file that is not there, or cannot be read, or that the
 * kernel has a handler of its own for.
 */
const char *preloadable_objection(const char *path, char *const *environment);

/*
 * An objection, to be compared by its address: the program has another C library than this code, glibc or musl. Its
 * library lies beside ours; no other objection to the program is left, but for what its environment lacks.
 */
extern const char preloadable_other_libc[];

/* Likewise: it has a glibc of its own that is older than the library was built for, and would not start with it. */
extern const char preloadable_older_libc[];

/* The loader of this process, as its program names it, if that has loaded the library: set by the library. */
enum { LOADER_ROOM = 128 };
extern char preloadable_loaded_by[LOADER_ROOM];

/* What the libraries are called that are to be preloaded: for a program with this C library, and with the other one. */
#ifdef __GLIBC__
#define PRELOADABLE_OWN "liblockwatch.so"
#define PRELOADABLE_OTHER "liblockwatch-musl.so"
#else
#define PRELOADABLE_OWN "liblockwatch-musl.so"
#define PRELOADABLE_OTHER "liblockwatch.so"
#endif

/* The file that execvp would execute, by PATH. False: there is none, or no room for its path. */
bool preloadable_find(const char *name, char *path, size_t room);

#endif
