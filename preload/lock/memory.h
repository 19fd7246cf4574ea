/*
 * Memory that is released, and what ends with it: locks that nobody destroyed (std::mutex has nothing that could),
 * their names, and where they were made. Most memory has none of these. A filter by page says so: two loads and a look
 * at the size that glibc keeps before each block are all that the common free pays.
 *
 * Locks on the stack of a thread end with that thread. Those in a frame that has returned cannot be told from others.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_MEMORY_H
#define LOCKWATCH_PRELOAD_LOCK_MEMORY_H

#include "preload/lock/page_filter.h"
#include "preload/os/self.h"

#include <stddef.h>
#include <stdint.h>

/* Blocks have their size before them: malloc is glibc's own. */
extern bool memory_headed HIDDEN;

static inline bool memory_is_large(const void *block)
{
    return ((const size_t *)block)[-1] > PAGE_FILTER_PAGE;
}

/* Whether something may end with a block that malloc gave. */
static inline bool memory_concerns(const void *block)
{
    return page_filter_marks(block) || unlikely(!memory_headed) || unlikely(memory_is_large(block));
}

/* How much there is at a block of the program's malloc. */
size_t memory_size(void *block) HIDDEN;

/*
 * All that is at `size` bytes from `start` on ends: before they are released, as another thread may have them then.
 * Takes the raw lock only if there is something. Leaves errno alone.
 */
void memory_end(const void *start, size_t size) HIDDEN;
void memory_end_block(void *block) HIDDEN;

/*
 * The same where it shows only afterwards whether memory is released: what is there is nowhere meanwhile. Then what
 * lies in the first `kept` bytes is there again, and the rest has ended. True: there is something, so call
 * memory_moved.
 */
bool memory_detach(const void *start, size_t size) HIDDEN;
void memory_moved(const void *start, size_t size, size_t kept) HIDDEN;

/* The calling thread ends, whose start routine was called with this stack pointer. */
void memory_end_stack(uint64_t frame) HIDDEN;

/*
 * Blocks at or below this free passes on as they are: none but NULL, once it is known that malloc is glibc's and they
 * have a size before them. Of another malloc every block is: real.free is then a step that asks for its size.
 */
extern uintptr_t memory_floor HIDDEN;

/* Learn whose malloc it is. At start-up. */
void memory_start(void) HIDDEN;

#endif
