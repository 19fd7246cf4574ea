/*
 * Threads of the parent that a fork does not copy. What they held stays held in the child, and a thread that waits for
 * it there waits forever. So that the child can report which thread held it, that is saved from the parent's record.
 *
 * The thread that forks saves, and one fork at a time does so. Costs a walk over the threads that hold something.
 */
#ifndef LOCKWATCH_PRELOAD_PROCESS_FORK_ORPHANS_H
#define LOCKWATCH_PRELOAD_PROCESS_FORK_ORPHANS_H

#include "preload/os/real.h"

/*
 * Before a fork, by the thread that forks: save what the others hold. False: another thread is forking, too, and
 * nothing is saved. Then fork_orphans_check in the child, fork_orphans_forget in the parent.
 */
bool fork_orphans_save(void) HIDDEN;
void fork_orphans_forget(void) HIDDEN;

/* In the child: keep only those holds that the locks, as the child has them, confirm. */
void fork_orphans_check(void) HIDDEN;

/* The child's own record has begun: add them to it, as threads that ended. */
void fork_orphans_start(void) HIDDEN;

#endif
