/*
 * A cycle of waits that a time-out is about to break: the threads of it block each other until then. Found by the
 * thread whose time has run out, while its wait is still recorded; written down as a note, once for the same locks,
 * with a count and the longest time that it stood.
 *
 * Follows the holders of mutexes, reader-writer locks and binary semaphores. Costs a look at the threads and at what
 * they hold, where a wait with a time-out fails while its thread holds something.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_TIMED_CYCLE_H
#define LOCKWATCH_PRELOAD_WAIT_TIMED_CYCLE_H

#include "preload/os/real.h"

/* The calling thread's wait has timed out, and is not over by its record. Inside the library only. */
void timed_cycle_note(void) HIDDEN;

#endif
