/*
 * A thread of the library's own that judges again later, on behalf of threads that wait. A thread about to block asks
 * for it when its first look does not show that some thread can wake it; and so does one that ends while others wait.
 * It looks for two seconds after the last question, or for ten while there may be a deadlock that it cannot confirm
 * yet; then it ends. In a program whose threads wait for others that run, there never is one.
 *
 * Libc counts it among the threads of the program: when the last of these ends, that one calls exit, whichever it is.
 * So the library's thread must be gone before the program's last thread is.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_RECHECK_H
#define LOCKWATCH_PRELOAD_WAIT_RECHECK_H

#include "preload/os/real.h"

#include <stdint.h>

/*
 * The look; set at start-up to wait_look_for_others (preload/wait/wait.h). OPEN: there may be a deadlock that could not
 * be confirmed yet, or one that must stand for longer before it may end the process. BUSY: another thread is judging.
 */
enum recheck_looked { RECHECK_DONE, RECHECK_OPEN, RECHECK_BUSY };
extern enum recheck_looked (*recheck_look)(void) HIDDEN;

/* Request looks, from now on for a while. Inside the library only; from any thread. Costs a system call, and a new
 * thread where there is none. */
void recheck_ask(void) HIDDEN;

/* The same where it is enough to look a second later, and once a second at most. */
void recheck_ask_later(void) HIDDEN;

/*
 * Wait until the thread has ended: no thread of the program is left, by the library's count. As it is made by a thread
 * of the program only, there is none from then on.
 */
void recheck_end(void) HIDDEN;

/* How many such threads there are: the kernel counts them among the program's. */
uint32_t recheck_threads(void) HIDDEN;

#endif
