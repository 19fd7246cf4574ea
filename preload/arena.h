/*
 * The library's private memory: from mmap, never from the program's malloc. Blocks of one size are kept for their next
 * use; nothing is given back to the system. Takes no lock: call it under the latch.
 */
#ifndef LOCKWATCH_PRELOAD_ARENA_H
#define LOCKWATCH_PRELOAD_ARENA_H

#include "preload/real.h"

#include <stddef.h>

/* Zeroed memory aligned to 64 bytes; NULL when there is none. */
void *arena_get(size_t size) HIDDEN;

#endif
