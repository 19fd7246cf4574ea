/*
 * Who may wake a thread of the program, or end its wait, besides the threads that the library knows: signal handlers,
 * foreign threads (made by libc, or by clone), and pthread_cancel. Any thread may ask, at any time.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_OTHER_WAKERS_H
#define LOCKWATCH_PRELOAD_WAIT_OTHER_WAKERS_H

#include "preload/os/real.h"

#include <stdint.h>

/* Bits of enum record_other_wakers, as it stands now but for OTHER_WAKER_CANCELS. About 10 µs. */
uint32_t other_wakers_find(void) HIDDEN;

/*
 * Write them down, unless that was done before: when it first seems that no thread may go on. Before that nobody asks,
 * not even who judges the record of a process that was killed.
 */
void other_wakers_note(void) HIDDEN;

/*
 * OTHER_WAKER_CANCELS if some module of the program imports pthread_cancel, else 0. Searches the imports of all modules
 * once: 0.1 ms for a large one, so it is asked only when there is something to report. Takes the loader's lock, but not
 * the one that dlopen holds.
 */
uint32_t other_wakers_cancel(void) HIDDEN;

/* Whether SIGINT interrupts the main thread of a Python program. A system call. */
bool other_wakers_interrupt(void) HIDDEN;

#endif
