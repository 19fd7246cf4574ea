/*
 * How far the main thread has come with making and joining threads: the stages of record/layout.h. Kept in the slots of
 * the threads; the main thread alone changes its own.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_PHASE_H
#define LOCKWATCH_PRELOAD_HOLD_PHASE_H

#include "preload/os/self.h"

/* The stage of a thread that the calling one is about to make. */
uint32_t phase_of_child(void) HIDDEN;

/* The calling thread has made one; has joined one that `creator` (thread.serial) made. */
void phase_made(void) HIDDEN;
void phase_joined(uint32_t creator) HIDDEN;

/* In the child of a fork: whoever is its only thread is its main thread. */
void phase_reset(void) HIDDEN;

#endif
