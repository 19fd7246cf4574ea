/*
 * What identifies the locks that processes share, in all of them: device, inode and offset of the mapping in the file
 * (lock.shared_as). Memory of MAP_ANONYMOUS has an inode, too; so has a named semaphore, also once it is unlinked.
 *
 * Looked for when a thread is about to wait, and when the process ends, for all that have an id by then, at once.
 * Any thread may ask, inside the library and not under the raw lock. Costs one pass over /proc/self/maps, 0.1 ms, where
 * there is a lock whose place is not known.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_SHARED_PLACE_H
#define LOCKWATCH_PRELOAD_LOCK_SHARED_PLACE_H

#include "preload/store/store.h"

#include <stdbool.h>

void shared_place_find(void) HIDDEN;

/* There may be a lock whose place was not looked for. */
extern bool shared_place_due HIDDEN;

/* Whether a lock is shared with other processes, so far as is known. */
bool shared_place_known(const struct lock *l) HIDDEN;

#endif
