/*
 * Memory that is given back, and what ends with it: locks that nobody destroyed (std::mutex has nothing that could),
 * their names, and where they were made. Most memory has none of these. A filter by page says so: two loads and a look
 * at the size that glibc keeps before each block are all that the common free pays.
 *
 * Locks on the stack of a thread end with that thread. Those in a frame that has returned cannot be told from others.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_MEMORY_H
#define LOCKWATCH_PRELOAD_LOCK_MEMORY_H

#include "preload/os/self.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What there is at the addresses of a page, and of the one after it: so a block no larger than a page needs but the
 * mark of the page that it begins in. Pages whose numbers differ by a multiple of MEMORY_MARKS share one.
 */
enum { MEMORY_PAGE = 4096, MEMORY_MARKS = 16384, MEMORY_MARKS_SPARE = 4 };
struct memory_mark {
    uint16_t locks;  /* locks that have an id, or a name; a count that stays when it is full. Written under the latch */
    uint16_t births; /* mutexes that were made there (preload/lock/init_site.h). Two who count at once may lose one */
};
extern struct memory_mark memory_mark[MEMORY_MARKS + MEMORY_MARKS_SPARE] HIDDEN; /* the spare ones stay 0 */

static inline struct memory_mark *memory_mark_of(uint64_t address)
{
    return &memory_mark[address / MEMORY_PAGE % MEMORY_MARKS];
}

/* One lock more, or fewer, at an address. Under the latch. */
void memory_mark_lock(uint64_t address, bool more) HIDDEN;

static inline void memory_count_birth(uint64_t address, int by)
{
    for (int i = 0; i < 2; i++) {
        uint16_t *births = &memory_mark_of(address - (uint64_t)i * MEMORY_PAGE)->births;
        __atomic_store_n(births, (uint16_t)(__atomic_load_n(births, __ATOMIC_RELAXED) + by), __ATOMIC_RELAXED);
    }
}

/* Blocks have their size before them: malloc is glibc's own. */
extern bool memory_headed HIDDEN;

/* Whether something may end with a block no larger than a page; and with a block that malloc gave. */
static inline bool memory_marked(const void *block)
{
    const struct memory_mark *m = memory_mark_of((uint64_t)(uintptr_t)block);
    return unlikely(m->locks != 0) || unlikely(m->births != 0);
}

static inline bool memory_is_large(const void *block)
{
    return ((const size_t *)block)[-1] > MEMORY_PAGE;
}

static inline bool memory_concerns(const void *block)
{
    return memory_marked(block) || unlikely(!memory_headed) || unlikely(memory_is_large(block));
}

/* How much there is at a block of the program's malloc. */
size_t memory_size(void *block) HIDDEN;

/*
 * All that is at `size` bytes from `start` on ends: before they are given back, as another thread may have them then.
 * Takes the latch only if there is something. Leaves errno alone.
 */
void memory_end(const void *start, size_t size) HIDDEN;
void memory_end_block(void *block) HIDDEN;

/*
 * The same where it shows only afterwards whether memory is given back: what is there is nowhere meanwhile. Then what
 * lies in the first `kept` bytes is there again, and the rest has ended. True: there is something, so call memory_left.
 */
bool memory_leave(const void *start, size_t size) HIDDEN;
void memory_left(const void *start, size_t size, size_t kept) HIDDEN;

/* The calling thread ends, whose start routine was called with this stack pointer. */
void memory_end_stack(uint64_t frame) HIDDEN;

/* Learn whose malloc it is. At start-up. */
void memory_start(void) HIDDEN;

#endif
