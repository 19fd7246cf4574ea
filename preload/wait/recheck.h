/*
 * A second look: when it is not clear at once that somebody can wake a thread that is about to block, or that waits
 * while another ends, a thread of ours lives for two seconds and looks on its behalf. In a program whose threads wait
 * for others that run, there never is one.
 *
 * Libc counts it among the threads of the program: when the last of these ends, exit is called, by whoever is the last.
 * So it must be gone before the program's last thread is.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_RECHECK_H
#define LOCKWATCH_PRELOAD_WAIT_RECHECK_H

#include "preload/os/real.h"

#include <stdint.h>

/*
 * What looks on behalf of those who wait; set at start-up (preload/wait/wait.h). DUE: a deadlock must stand for longer
 * before it may end the process. BUSY: somebody else looks just now.
 */
enum recheck_looked { RECHECK_DONE, RECHECK_DUE, RECHECK_BUSY };
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
