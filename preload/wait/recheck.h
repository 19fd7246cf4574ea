/*
 * A thread of the library's own that judges again later, on behalf of threads that wait. A thread about to block asks
 * for it when its first look does not show that somebody can wake it; and so does one that ends while others wait. It
 * looks for two seconds after the last question, or for ten while there may be a deadlock that it cannot confirm yet;
 * then it ends. In a program whose threads wait for others that run, there never is one.
 *
 * Libc counts it among the threads of the program: when the last of these ends, that one calls exit, whichever it is.
 * So the library's thread must be gone before the program's last thread is.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_RECHECK_H
#define LOCKWATCH_PRELOAD_WAIT_RECHECK_H

#include "preload/os/real.h"

#include <stdint.h>

/*
 * What looks on behalf of those who wait; set at start-up (preload/wait/wait.h). OPEN: there may be a deadlock that
 * could not be confirmed yet, or one that must stand for longer before it may end the process. BUSY: somebody else
 * looks just now.
 */
enum recheck_looked { RECHECK_DONE, RECHECK_OPEN, RECHECK_BUSY };
extern enum recheck_looked (*recheck_look)(void) HIDDEN;

/* Let it look, from now on for a while. Inside the library only. */
void recheck_ask(void) HIDDEN;

/*
 * No thread of the program is left, by our count: wait until ours has ended, too. It is made by threads of the program
 * alone, while one of them lives; so from then on there is none.
 */
void recheck_end(void) HIDDEN;

/* How many threads of ours there are: the kernel counts them among the program's. */
uint32_t recheck_threads(void) HIDDEN;

/* In the child of a fork. */
void recheck_reset(void) HIDDEN;

#endif
