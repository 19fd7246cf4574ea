/*
 * Whether the program has locked itself in since it started, with a filter for system calls that may kill who makes one
 * it does not expect: then we make none that we can do without. A filter that was there from the start (a container's)
 * was made for programs of any kind.
 */
#ifndef LOCKWATCH_PRELOAD_SANDBOX_H
#define LOCKWATCH_PRELOAD_SANDBOX_H

#include "preload/real.h"

void sandbox_start(void) HIDDEN;
bool sandbox_entered(void) HIDDEN;

#endif
