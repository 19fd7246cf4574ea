/*
 * The library's private memory: from mmap, never from the program's malloc. Nothing is returned to the system. Takes no
 * lock: call it under the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_OS_ARENA_H
#define LOCKWATCH_PRELOAD_OS_ARENA_H

#include "preload/os/real.h"

#include <stddef.h>

/* Zeroed memory aligned to 64 bytes; NULL when there is none. */
void *arena_get(size_t size) HIDDEN;

/*
 * Blocks of one size, for threads that come and go: as it was released, but for its first word, or new and zeroed. A
 * pool is the first of its free blocks, NULL at the start and FORK_ZEROED.
 */
void *arena_pool_get(void **pool, size_t size) HIDDEN;
void arena_pool_put(void **pool, void *block) HIDDEN;

#endif
