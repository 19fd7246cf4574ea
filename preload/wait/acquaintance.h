/*
 * Whether a thread that runs may be about to wake one that waits, although nobody has done so before: only if it ever
 * had anything to do with it. A thread that shares nothing with the waiter (no lock, no semaphore, no condition, not
 * its creation) cannot know that somebody waits.
 *
 * Read from what the threads keep for themselves, while they run: yes where that may have changed or been overwritten.
 * By the thread that judges (preload/wait/wait.c) alone. Costs two system calls, and a pass over what was posted.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_ACQUAINTANCE_H
#define LOCKWATCH_PRELOAD_WAIT_ACQUAINTANCE_H

#include "preload/os/real.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether the one never had anything to do with the other, nor with what it waits for. Both are threads of the record.
 * That one of them created the other does not count for threads with a serial up to `settled`.
 */
bool acquaintance_none(uint32_t runner, uint32_t waiter, uint32_t settled) HIDDEN;

#endif
