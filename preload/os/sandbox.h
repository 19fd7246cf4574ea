/*
 * Whether the program has locked itself in since it started, with a filter for system calls that may kill who makes one
 * it does not expect: from then on nothing is watched (preload/os/door.h), and the library makes no system call. A
 * filter that was there from the start (a container's) was made for programs of any kind; one that can only refuse does
 * no harm.
 */
#ifndef LOCKWATCH_PRELOAD_OS_SANDBOX_H
#define LOCKWATCH_PRELOAD_OS_SANDBOX_H

#include "preload/os/real.h"

struct sock_fprog;

void sandbox_start(void) HIDDEN;

/*
 * The calling thread is about to put a filter on. True: say so when it has; `filter` is NULL if nothing but a few calls
 * is left to it.
 */
bool sandbox_prepare(void) HIDDEN;
void sandbox_enter(const struct sock_fprog *filter) HIDDEN;

/* Whether it was seen to, in this process or one that this is a fork of. */
extern bool sandbox_shut HIDDEN;

/* The same, or not seen: asks the kernel. */
bool sandbox_entered(void) HIDDEN;

#endif
