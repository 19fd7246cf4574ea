/*
 * The trie of holds: its nodes, found by an index over all of them, created on first use, and pruned with ended locks
 * (record/layout.h, struct hold).
 *
 * A state is the id of a node: the locks on the way from there to the root. Reading takes no lock; only a node that no
 * thread needed before takes a stack and the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_TRIE_H
#define LOCKWATCH_PRELOAD_HOLD_TRIE_H

#include "preload/lock/lock.h"
#include "preload/lock/lock_index.h"
#include "preload/os/raw_lock.h"
#include "preload/stack/callers.h"
#include "preload/stack/stack.h"

/* How a lock was acquired, for hold_acquire: its kind and enum hold_how in one number, a constant in every wrapper. */
#define HOLD_AS(kind, how) ((uint32_t)(kind) | (uint32_t)(how) << 16)

/* Acquisitions that say something of an order have none of these. */
enum { HOW_NO_ORDER = HOW_TRIED | HOW_REBUILT | HOW_IGNORED };

/* Where more locks are held than this, none is pruned from between the others. */
enum { TRIE_DEEP = 32 };

/* A call of the program, as far as it distinguishes holds; `stack` is 0, or one that was recorded before. */
struct trie_call {
    uint64_t site, frame;
    const struct callers *callers; /* NULL: not known */
    uint32_t stack;
    const struct stack_call *here; /* the call that the thread is in now, this one or a later one; NULL: not known */
    struct signals_saved *blocked; /* not NULL: where a node was created signals are still blocked, as said there */
};

static inline uint64_t trie_key(const struct trie_call *c)
{
    if (c->stack != 0)
        return c->site ^ c->stack * 0x9E3779B97F4A7C15u;
    return c->callers != NULL ? c->callers->key : c->site;
}

static inline struct hold *hold_at(uint32_t id)
{
    return record_at(&ours, TABLE_HOLDS, id, sizeof(struct hold), RECORD_SHIFT_HOLDS);
}

/* The node for acquiring a lock in state `path`; `as`: HOLD_AS. 0: no room for it. */
uint32_t trie_child(uint32_t path, uint64_t address, uint32_t as, const struct trie_call *c) HIDDEN;

/* The node that is like another but for its stack. */
uint32_t trie_with_stack(const struct hold *h, uint32_t stack) HIDDEN;

/* The thread has just acquired a lock and is in this state: count it, and record its epoch. */
void trie_add_acquisition(uint32_t id) HIDDEN;

/*
 * Drop all nodes with a TRAIT_PRUNED lock on their way to the root. Take those of a TRAIT_PRUNED_ALONE lock out from
 * between: what is below them moves below what is above them. The slots are used again. No thread may be in such a
 * state, or get there. Under the raw lock.
 */
void trie_prune(void) HIDDEN;

/* Nodes added since the last pruning, which sets it to 0. */
extern _Atomic uint32_t trie_changes HIDDEN;

#endif
