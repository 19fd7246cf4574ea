/*
 * The functions behind the intercepted names: libc's own, or those of another library in between.
 *
 * The mutex calls work from the first instruction on: other libraries' constructors, and a malloc of the program's own,
 * lock before our constructor has run. So do those that release memory, which the loader itself calls. The rest is
 * found once, by real_find.
 */
#ifndef LOCKWATCH_PRELOAD_OS_REAL_H
#define LOCKWATCH_PRELOAD_OS_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/single_threaded.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>

/*
 * What musl lacks. Weak, so that a program of musl starts with the library, which then stands aside
 * (preload/os/aside.h).
 */
#pragma weak __libc_single_threaded
#pragma weak __pthread_register_cancel
#pragma weak __pthread_unregister_cancel
#pragma weak on_exit

#define HIDDEN __attribute__((visibility("hidden")))
#define EXPORT __attribute__((visibility("default")))

struct real {
#define CALL(result, name, parameters) result(*name) parameters;
#include "preload/os/calls.def"
};

extern struct real real HIDDEN;

/* Find them all; cheap when that was done. Called at start-up, and by wrappers that are called even earlier. */
void real_find(void) HIDDEN;

/*
 * The same for operator delete, of which a C program has none: it stays NULL. What was not found, of these and of the
 * others, is taken out of the library's own symbol table. Else a C++ library that comes later, with an operator new of
 * its own, would find our delete before its own.
 */
void real_find_cxx(void) HIDDEN;

/* Take those that were not found, or all, out of the library's symbol table. */
void real_hide(bool all) HIDDEN;

#endif
