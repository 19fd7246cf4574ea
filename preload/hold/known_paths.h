/*
 * The held-locks paths that a thread knows: a table of its own, by a 64-bit hash of all that is held (held_list.h),
 * that leads to a node of the trie. The hash stands for what was hashed: two paths with one hash, one in 2^64 pairs,
 * would be taken for each other.
 *
 * A hit writes nothing that another thread reads, except when its number reaches a power of two: then it is added to
 * the count of the node. So every acquisition is counted, and of a process that was killed at least half.
 *
 * Sets of two, in one line of the cache. The table grows when it drops what is still needed.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_KNOWN_PATHS_H
#define LOCKWATCH_PRELOAD_HOLD_KNOWN_PATHS_H

#include "preload/lock/lock.h"
#include "preload/os/self.h"

static inline uint32_t known_paths_age(uint64_t below, uint64_t address)
{
    return (uint32_t)lock_generation(below) + (uint32_t)lock_generation(address);
}

/* Not by the top bits, which are the same for neighbours, as the factors of the hash have 32 bits. */
static inline struct known_path *known_paths_set(uint64_t tag)
{
    return (struct known_path *)(void *)((char *)self.known + (tag >> 14 & self.known_mask));
}

static inline struct known_path *known_paths_find(uint64_t tag, uint32_t age)
{
    struct known_path *k = known_paths_set(tag);
    if (likely(k[0].tag == tag) && likely(k[0].age == age))
        return &k[0];
    return k[1].tag == tag && k[1].age == age ? &k[1] : NULL;
}

/* Add the hits so far to the count. */
void known_paths_count(struct known_path *k) HIDDEN;

static inline void known_paths_hit(struct known_path *k)
{
    if (unlikely(--k->left == 0))
        known_paths_count(k);
}

/* The node of an entry. */
uint32_t known_paths_node(const struct known_path *k) HIDDEN;

/* Give the thread a table if it has none; false: no memory. Everything below needs it. Not under the raw lock. */
bool known_paths_ready(void) HIDDEN;

/* `found`: the node was there already, so the thread may have known it. */
void known_paths_add(uint64_t tag, uint32_t age, uint32_t node, bool found) HIDDEN;

/* Forget all, by giving all that the thread holds, or will hold, other hashes. */
void known_paths_clear(struct thread *t) HIDDEN;

/* The thread ended: its table serves another. In the child of a fork: the same without adding counts. */
void known_paths_end(void) HIDDEN;
void known_paths_reset(void) HIDDEN;

/* At the end of the process: add all threads' hits to the counts. */
void known_paths_flush(void) HIDDEN;

/*
 * What the thread has posted or signalled without holding it: address, its generation, and the wake that is refined
 * each time; 0: all is recorded.
 */
enum { KNOWN_POSTS = 64 };

static inline struct known_post *known_paths_post(uint64_t address)
{
    struct known_post *p = &self.known_posts[address / 16 % KNOWN_POSTS];
    return self.known_posts != NULL && p->address == address && p->generation == (uint32_t)lock_generation(address)
               ? p
               : NULL;
}

void known_paths_add_post(uint64_t address, uint32_t wake) HIDDEN;

#endif
