/*
 * The locks that a thread had acquired before it ended, for the thread that joins it (preload/wait/wakers.h).
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
    uint64_t acquired[ENDED_LOCKS]; /* entries of recent_locks.h */
};

/*
 * The calling thread, `ended`, will be joined: keep the locks that it had acquired for the joining thread, but not
 * those that it ends holding. (A joiner that holds such a robust mutex acquired it by EOWNERDEAD, so after the end.)
 * NULL: none. Under the raw lock, as ended_locks_free.
 */
struct ended_locks *ended_locks_keep(const struct thread *ended) HIDDEN;
void ended_locks_free(struct ended_locks *e) HIDDEN;

#endif
