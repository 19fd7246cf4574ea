/*
 * How the library learns that a thread ends: by a key of thread-specific data, whose destructor runs in the last of
 * libc's rounds, as those of the program may still lock and unlock.
 *
 * There are 1024 keys, and all of them are the program's. When it asks for one and there is none left, ours is given
 * back. From then on threads that begin are seen to end where their start routine ends, which is a little early: so no
 * mistake is seen in what they still hold, and nobody looks a second time on behalf of those who wait
 * (preload/wait/recheck.h).
 */
#ifndef LOCKWATCH_PRELOAD_PROCESS_END_KEY_H
#define LOCKWATCH_PRELOAD_PROCESS_END_KEY_H

#include "preload/os/real.h"

/* At start-up. */
void end_key_start(void) HIDDEN;

/* For the program. False: it had been released before. */
bool end_key_release(void) HIDDEN;

/* The calling thread's start routine has ended, and nobody will say later that the thread has. */
void end_key_early(void *unused) HIDDEN;

#endif
