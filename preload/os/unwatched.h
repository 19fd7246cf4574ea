/*
 * What could not be watched, for `lockwatch run` to say at its end: a file that it names (the option `unwatched`), to
 * which watched processes append. An entry is '+' or, where one is taken back, '-', the program's path and the reason,
 * each of the two ended by a zero byte; or '=' with nothing in the two, of a program that is watched. Without that
 * option these do nothing.
 *
 * The file is executable by its owner once a process was watched, and to be written by everybody: a process may have
 * given up its user's rights. Whom that is not for, its folder keeps out.
 *
 * System calls and a little stack only, so they may be called from a signal handler and in the child of a vfork; errno
 * stays.
 */
#ifndef LOCKWATCH_PRELOAD_OS_UNWATCHED_H
#define LOCKWATCH_PRELOAD_OS_UNWATCHED_H

#include "preload/os/real.h"

/*
 * `path`, NULL for the program of this process, is not watched; `why` goes on behind its name, in brackets: "statically
 * linked".
 */
void unwatched_note(const char *path, const char *why) HIDDEN;

/* It was not executed after all. */
void unwatched_withdraw(const char *path, const char *why) HIDDEN;

/* This process is watched. Says so of the whole run: nothing was, if nobody has. */
void unwatched_not(void) HIDDEN;

#endif
