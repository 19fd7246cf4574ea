/*
 * Whether this process has a record yet. It begins when it is first needed: a process that creates no thread, never
 * holds two locks and never blocks on one does not need one.
 */
#ifndef LOCKWATCH_PRELOAD_STORE_RECORDING_H
#define LOCKWATCH_PRELOAD_STORE_RECORDING_H

#include "preload/os/self.h"

#include <sys/types.h>

enum recording { RECORDING_NONE, RECORDING_BEGINS, RECORDING_ON, RECORDING_OVER };
extern _Atomic int recording HIDDEN; /* enum recording */

extern struct thread recording_boot HIDDEN; /* the slot of the first thread, until there is a record */

/* The process that is watched; whether that is the child of a fork, so that its locks may bear the numbers of threads
 * of the parent. */
extern pid_t recording_pid HIDDEN;
extern bool recording_forked HIDDEN;

/*
 * What begins the record, and what ends it and keeps it or not, with the status of the process. Set at start-up by
 * preload/process/process.c.
 */
extern bool (*recording_begin)(void) HIDDEN;
extern void (*recording_end)(int status) HIDDEN;

/* Whether there is a record; the first time it is needed, it begins. Inside the library only, and not under the raw
 * lock.
 */
bool recording_ready(void) HIDDEN;

/* The child of a vfork has our memory, but is not us. */
bool recording_is_us(void) HIDDEN;

#endif
