/*
 * How long locks are held and waited for, when the options hold_ms and starve_ms ask for it: what took too long is
 * recorded as a finding (preload/misuse/misuse_note.h: long-hold, starvation).
 *
 * While neither is set this costs a load where a lock is acquired, and a branch never taken where another is held. Else
 * every lock that is acquired gets a node, and the clock is read. Times of holds are the thread's own; the queues of
 * waiters are changed under the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_CONTENTION_H
#define LOCKWATCH_PRELOAD_WAIT_CONTENTION_H

#include "preload/os/real.h"

#include <stdint.h>

struct call; /* preload/misuse/misuse.h */

/* At start-up: sets hold_timing (preload/hold/hold.h). */
void contention_start(void) HIDDEN;

/* A thread waits; the wait is over, perhaps by cancellation; the thread goes on and can record it. Inside the library.
 */
struct contention_wait {
    uint64_t since;
    uint32_t queue;  /* place + 1; 0: not counted */
    uint32_t passed; /* how many acquired the lock meanwhile; until it is over: the count when the wait began */
};
void contention_wait_begin(struct contention_wait *d, uint64_t address) HIDDEN;
void contention_wait_over(struct contention_wait *d) HIDDEN;
void contention_wait_note(const struct contention_wait *d, const struct call *c, uint16_t how) HIDDEN;

#endif
