/*
 * How the library learns that a thread ends: by a key of thread-specific data, whose destructor runs in the last of
 * libc's rounds, as destructors of the program's may still lock and unlock.
 *
 * There are 1024 keys, and all of them are the program's. When it asks for one and none is left, ours is deleted. From
 * then on a thread counts as ended when its start routine returns, which is a little early: so holds that it still has
 * are no mistake, and no recheck looks on behalf of threads that wait (preload/wait/recheck.h).
 */
#ifndef LOCKWATCH_PRELOAD_PROCESS_END_KEY_H
#define LOCKWATCH_PRELOAD_PROCESS_END_KEY_H

#include "preload/os/real.h"

/* Before the record begins; it does so once. */
void end_key_start(void) HIDDEN;

/* The program is about to make a key. */
void end_key_of_program(void (*destructor)(void *)) HIDDEN;

/* For the program, which needs a key. False: ours was deleted before. */
bool end_key_release(void) HIDDEN;

/* The calling thread's start routine has returned or was left, and there is no key that tells when the thread ends. */
void end_key_early(void *unused) HIDDEN;

#endif
