/*
 * How far the main thread has come with creating and joining threads: the phases of record/layout.h. Kept in the slots
 * of the threads; the main thread alone changes its own.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_PHASE_H
#define LOCKWATCH_PRELOAD_HOLD_PHASE_H

#include "preload/os/self.h"

/* The phase of a thread that the calling one is about to create. */
uint32_t phase_of_child(void) HIDDEN;

/* The calling thread has created one; has joined one that `creator` (thread.serial) created. */
void phase_created(void) HIDDEN;
void phase_joined(uint32_t creator) HIDDEN;

#endif
