/*
 * The locks that a thread had acquired before it ended, for who joins it (preload/wait/wakers.h).
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_ENDED_LOCKS_H
#define LOCKWATCH_PRELOAD_HOLD_ENDED_LOCKS_H

#include "preload/os/real.h"

#include <stdint.h>

struct thread;

enum { ENDED_LOCKS = 14 };
struct ended_locks {
    void *free; /* the pool's */
    uint32_t count;
    uint64_t acquired[ENDED_LOCKS]; /* addresses; the last bit says that it only read */
};

/*
 * The calling thread, `ended`, will be joined: keep what it had taken, for whoever joins it; but not what it ends with.
 * Who joins it with a robust mutex in hand that it ended with has got that as EOWNERDEAD, so after its end. NULL:
 * nothing. Under the raw lock, as giving it back is.
 */
struct ended_locks *ended_locks_keep(const struct thread *ended) HIDDEN;
void ended_locks_free(struct ended_locks *e) HIDDEN;

#endif
