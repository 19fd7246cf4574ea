/*
 * Which lock lies at an address, or among so many bytes: chains through lock.chain, one for each ADDRESS_NEAR bytes of
 * memory. Changed under the raw lock, read without; a reader may find less than there is while a chain is changed, and
 * can see that by lock_index_moves.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_LOCK_INDEX_H
#define LOCKWATCH_PRELOAD_LOCK_LOCK_INDEX_H

#include "preload/os/real.h"
#include "preload/store/store.h"

#include <stdatomic.h>

enum { ADDRESS_NEAR = 64 };

/* The living lock at an address; 0: none was found. */
uint32_t lock_index_find(uint64_t address) HIDDEN;

/* Call `act` for each lock among `size` bytes that has not ended, until one returns true; then so does this. */
bool lock_index_each(uint64_t from, uint64_t size, bool (*act)(uint32_t id)) HIDDEN;

/*
 * A sequence number, odd while chains are moved: a reader that must miss nothing checks that it is even and the same
 * afterwards, or else looks under the raw lock. It changes before what was taken out of a chain (of these, or of names)
 * goes into another.
 */
extern _Atomic uint32_t lock_index_moves HIDDEN;

/* Under the raw lock: make room, false if there is no memory; add; remove. */
bool lock_index_room(void) HIDDEN;
void lock_index_link(uint32_t id) HIDDEN;
void lock_index_unlink(uint32_t id) HIDDEN;

static inline struct lock *lock_at(uint32_t id)
{
    return record_at(&ours, TABLE_LOCKS, id, sizeof(struct lock), record_first_shift[TABLE_LOCKS]);
}

#endif
