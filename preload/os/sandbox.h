/*
 * Whether the program has locked itself in since it started, with a filter for system calls that may kill who makes one
 * it does not expect: from then on nothing is watched (preload/os/fork_guard.h), and the library makes no system call.
 * A filter that was there from the start (a container's) was made for programs of any kind; one that can only refuse
 * does no harm.
 */
#ifndef LOCKWATCH_PRELOAD_OS_SANDBOX_H
#define LOCKWATCH_PRELOAD_OS_SANDBOX_H

#include "preload/os/real.h"

void sandbox_start(void) HIDDEN;

/* Whether a filter was put on in this process, or in one that this is a fork of: preload/hooks/sandbox.c. */
extern bool sandbox_shut HIDDEN;

/* The same, or not seen: asks the kernel. */
bool sandbox_entered(void) HIDDEN;

#endif
