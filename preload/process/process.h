/*
 * The watched process as a whole: its start and end, fork, and when its record begins.
 */
#ifndef LOCKWATCH_PRELOAD_PROCESS_PROCESS_H
#define LOCKWATCH_PRELOAD_PROCESS_PROCESS_H

#include "preload/os/self.h"

#include <stdint.h>

struct thread;

/*
 * Whether there is a record; the first time it is needed, it begins. A process that neither makes a thread nor holds
 * two locks nor blocks on one never needs one. Inside the library only, and not under the latch.
 */
bool process_record(void) HIDDEN;

/*
 * For a thread that finds its door shut: true when that is because it was not known so far, and now is. Then self.slot
 * is its own. Any wrapper may call it, however early.
 */
bool process_meet(void) HIDDEN;

/* How a wrapper begins: with the calling thread, or NULL if it is not watched. */
static inline struct thread *process_door(void)
{
    struct thread *t = self_door();
    return likely(t != NULL) ? t : process_meet() ? self.slot : NULL;
}

/* Whether this process is the child of a fork, so that its locks may bear the numbers of threads of the parent. */
bool process_is_child(void) HIDDEN;

/* The child of a vfork has our memory, but is not us. */
bool process_is_us(void) HIDDEN;

/* Be told of forks, before everybody else. */
void process_watch_forks(void) HIDDEN;

/* The process ends cleanly, with this status; write it down and keep the record or not. */
void process_end(int status) HIDDEN;

/* End it on behalf of on_deadlock=exit. */
_Noreturn void process_exit(int status) HIDDEN;

#endif
