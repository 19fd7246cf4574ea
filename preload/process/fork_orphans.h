/*
 * Threads that a fork left behind. The child of a threaded process has one thread; what the others held stays held, and
 * who waits for it waits for ever. So that the child can say by whom, what they held is kept from the parent's record.
 */
#ifndef LOCKWATCH_PRELOAD_PROCESS_FORK_ORPHANS_H
#define LOCKWATCH_PRELOAD_PROCESS_FORK_ORPHANS_H

#include "preload/os/real.h"

/*
 * Before a fork, by the thread that forks: keep what the others hold. False: another thread is just forking, too, and
 * nothing is kept. Then fork_orphans_check in the child, fork_orphans_forget in the parent.
 */
bool fork_orphans_save(void) HIDDEN;
void fork_orphans_forget(void) HIDDEN;

/* In the child: of what was kept, leave what the locks, as they are here, bear out. */
void fork_orphans_check(void) HIDDEN;

/* The child's own record has begun: write them down in it, as threads that ended. */
void fork_orphans_start(void) HIDDEN;

#endif
