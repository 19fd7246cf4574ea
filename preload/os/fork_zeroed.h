/*
 * What a module keeps for this process alone: a variable with FORK_ZEROED is all zeros again in the child of a fork, as
 * if the library had just been loaded. So no module needs a function for it, and there is no order among them. It is
 * for what names things in the record, which the child leaves to its parent, and for locks and pools that a thread of
 * the parent may have been changing. What needs more than zeros, or is thread-local, has a function of its own that
 * preload/process/process.c calls.
 */
#ifndef LOCKWATCH_PRELOAD_OS_FORK_ZEROED_H
#define LOCKWATCH_PRELOAD_OS_FORK_ZEROED_H

#include "preload/os/real.h"

#define FORK_ZEROED __attribute__((section("fork_zeroed")))

/* In the child, by its only thread, before it takes the raw lock or memory. */
void fork_zero(void) HIDDEN;

#endif
