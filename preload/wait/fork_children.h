/*
 * The children that this process forked while it had several threads: each has one, and what another thread had locked
 * inside libc at that moment (malloc, a stream, the time zone) stays locked there for ever. A child that stops at such
 * a lock makes no call that the library sees, and has no thread that could look: so its parent does.
 *
 * A child that has executed something, or has ended, is forgotten; so is the oldest of more than eight. Costs nothing
 * but in fork: a store, and a thread that rechecks, for ten seconds at most.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_FORK_CHILDREN_H
#define LOCKWATCH_PRELOAD_WAIT_FORK_CHILDREN_H

#include "preload/os/real.h"

#include <stdbool.h>
#include <sys/types.h>

/* There is a new child. Inside the library only. */
void fork_children_add(pid_t pid) HIDDEN;

/*
 * For the thread that rechecks: look what they do. One that is found twice in the same wait, which nobody can end, is
 * reported, and gets a record (`lockwatch live-report --child`). True: there is one that may come to stand yet.
 */
bool fork_children_look(void) HIDDEN;

#endif
