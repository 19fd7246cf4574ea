/*
 * Threads that a fork left behind. The child of a threaded process has one thread; what the others held stays held, and
 * who waits for it waits for ever. So that the child can say by whom, what they held is kept from the parent's record.
 */
#ifndef LOCKWATCH_PRELOAD_LEFT_H
#define LOCKWATCH_PRELOAD_LEFT_H

#include "preload/real.h"

/* In the child, before it lets go of the parent's record: keep what the others held, as far as the locks bear it out.
 */
void left_save(void) HIDDEN;

/* The child's own record has begun: write them down in it, as threads that ended. */
void left_start(void) HIDDEN;

#endif
