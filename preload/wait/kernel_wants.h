/*
 * What threads wait for by the kernel's word alone: in libc itself, where no wrapper sees it. By its own record such a
 * thread runs. Of these waits those count whose lock names its owner: a stdio stream's and the loader's.
 *
 * Made of what kernel_look (preload/wait/kernel_look.h) has noted, at two looks or more. Nobody looks on the way to a
 * lock, but a thread that has waited for 5 s for a mutex or the end of a thread, and then the one that rechecks.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_KERNEL_WANTS_H
#define LOCKWATCH_PRELOAD_WAIT_KERNEL_WANTS_H

#include "preload/os/real.h"
#include "record/layout.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether some thread waited so at the last look. Reads memory alone, some nanoseconds a thread. */
bool kernel_wants_any(void) HIDDEN;

/* What a thread of the record waits for so, and still does; false: for nothing. For who judges. */
bool kernel_wants_of(uint32_t id, struct want *want) HIDDEN;

/* The id of the thread that owns a lock by what libc wrote into it; 0: none that is known. */
uint32_t kernel_wants_owner(const struct lock *lock) HIDDEN;

#endif
