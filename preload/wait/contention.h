/*
 * How long locks are held and waited for, when the options hold_ms and starve_ms ask for it: what took too long is
 * noted (preload/misuse/misuse_note.h, long-hold and starvation). While neither is set this costs a load where a lock
 * is taken, and a branch that is never taken where that is under another one. Else every lock that is taken is given a
 * node, and the clock is read.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_CONTENTION_H
#define LOCKWATCH_PRELOAD_WAIT_CONTENTION_H

#include "preload/os/real.h"

#include <stdint.h>

struct thread;
struct call; /* preload/misuse/misuse.h */

/* At start-up: sets hold_timing (preload/hold/hold.h). */
void contention_start(void) HIDDEN;

/* A thread waits; it is over, be it by cancellation; and it goes on, so it can be told about. Inside the library. */
struct contention_wait {
    uint64_t since;
    uint32_t queue;  /* place + 1; 0: not looked at */
    uint32_t passed; /* so many have taken the lock; before it is over: as counted when the wait began */
};
void contention_wait_begin(struct contention_wait *d, uint64_t address) HIDDEN;
void contention_wait_over(struct contention_wait *d) HIDDEN;
void contention_wait_tell(const struct contention_wait *d, const struct call *c, uint16_t how) HIDDEN;

/* In the child of a fork. */
void contention_reset(void) HIDDEN;

#endif
