/*
 * Who may wake a thread of the program, or end its wait, besides the threads that we know: signal handlers, threads
 * that we do not know, and pthread_cancel.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_OUTSIDERS_H
#define LOCKWATCH_PRELOAD_WAIT_OUTSIDERS_H

#include "preload/os/real.h"

#include <stdint.h>

/* Bits of enum record_outsiders, as it stands now but for OUTSIDER_CANCELS. About 10 µs. */
uint32_t outsiders_find(void) HIDDEN;

/*
 * OUTSIDER_CANCELS if some module of the program imports pthread_cancel, else 0. Goes through what all modules import:
 * 0.1 ms for a large one, so only who has found something asks. Takes the loader's lock, not the one that dlopen holds.
 */
uint32_t outsiders_cancel(void) HIDDEN;

#endif
