/*
 * Which lock lies at an address, or among so many bytes: chains through lock.chain, for pieces of memory of
 * ADDRESS_NEAR bytes. Changed under the raw lock, read without; who reads may find less than there is while somebody
 * changes it, and is told so.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_LOCK_INDEX_H
#define LOCKWATCH_PRELOAD_LOCK_LOCK_INDEX_H

#include "preload/os/real.h"
#include "preload/store/store.h"

#include <stdatomic.h>

enum { ADDRESS_NEAR = 64 };

/* The living lock at an address; 0: none was found. */
uint32_t lock_index_find(uint64_t address) HIDDEN;

/* Call `act` for each lock that is not dead among `size` bytes, until it says true; then so does this. */
bool lock_index_each(uint64_t from, uint64_t size, bool (*act)(uint32_t id)) HIDDEN;

/*
 * For who must not miss any: it is even, look, and it is the same number still; else look under the raw lock. It
 * changes before anything that was taken out of a chain, of these or of names, goes into another one.
 */
extern _Atomic uint32_t lock_index_moves HIDDEN;

/* Under the raw lock. False: no memory for one lock more. */
bool lock_index_room(void) HIDDEN;
void lock_index_link(uint32_t id) HIDDEN;
void lock_index_unlink(uint32_t id) HIDDEN;

static inline struct lock *lock_at(uint32_t id)
{
    return record_at(&ours, TABLE_LOCKS, id, sizeof(struct lock), record_first_shift[TABLE_LOCKS]);
}

#endif
