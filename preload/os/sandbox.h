/*
 * Whether the program has entered a sandbox since it started: a filter for system calls that may kill the caller of one
 * it does not expect. From then on nothing is watched (preload/os/fork_guard.h), and the library makes no system call.
 * A filter that was there from the start (a container's) was made for programs of any kind; one that only refuses does
 * no harm.
 */
#ifndef LOCKWATCH_PRELOAD_OS_SANDBOX_H
#define LOCKWATCH_PRELOAD_OS_SANDBOX_H

#include "preload/os/real.h"

void sandbox_start(void) HIDDEN;

/* Whether a filter was installed in this process, or in one that this is a fork of: preload/hooks/sandbox.c. */
extern bool sandbox_shut HIDDEN;

/* The same, also if we did not see it: asks the kernel. */
bool sandbox_entered(void) HIDDEN;

#endif
