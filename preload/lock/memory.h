/*
 * Memory that is released, and what ends with it: locks that nobody destroyed (std::mutex has no call that could),
 * their names and init sites. Most memory has none of these near it, and a filter says so: the usual free pays two
 * loads and a look at the size that glibc keeps before each block.
 *
 * Locks on the stack of a thread end with that thread. Those of a frame that has returned cannot be distinguished.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_MEMORY_H
#define LOCKWATCH_PRELOAD_LOCK_MEMORY_H

#include "preload/lock/init_site.h"
#include "preload/lock/memory_filter.h"
#include "preload/os/self.h"

#include <stddef.h>
#include <stdint.h>

/* Blocks have their size before them: malloc is glibc's own. Else free passes every block on: real.free is then a
 * function that asks that malloc for the size. */
extern bool memory_headed HIDDEN;

/* Whether something may end with a block that malloc gave: the first step. NULL may have something, too. */
static inline bool memory_concerns(const void *block)
{
    return unlikely(memory_filter_marks(block)) || unlikely(((const size_t *)block)[-1] > MEMORY_ZONE);
}

/* The second step, for a headed block. It may say no only if that is small. */
static inline bool memory_is_small(const void *block)
{
    return ((const size_t *)block)[-1] <= MEMORY_ROW;
}

static inline bool memory_touches(const void *block)
{
    uint64_t place = memory_place((uint64_t)(uintptr_t)block);
    return memory_row(memory_known, MEMORY_PLACES, place) != 0 || memory_row(init_sites.state, INIT_SITES, place) != 0;
}

/* How much there is at a block of the program's malloc. */
size_t memory_size(void *block) HIDDEN;

/*
 * End all that lies among `size` bytes from `start`: before they are released, as another thread may get them then.
 * Takes the raw lock only if there is something. Keeps errno.
 */
void memory_end(const void *start, size_t size) HIDDEN;
void memory_end_block(void *block) HIDDEN;

/*
 * The same for realloc, of which only the result shows whether memory was released: what lies there is detached
 * meanwhile. memory_moved then reattaches what lies in the first `kept` bytes and ends the rest. True: there is
 * something, so call memory_moved.
 */
bool memory_detach(const void *start, size_t size) HIDDEN;
void memory_moved(const void *start, size_t size, size_t kept) HIDDEN;

/* The calling thread ends, whose start routine was called with this stack pointer. */
void memory_end_stack(uint64_t frame) HIDDEN;

/* Find out which malloc the program uses. At start-up. */
void memory_start(void) HIDDEN;

#endif
