/*
 * What a thread that sleeps in a futex call waits for, and who owns that: by the words that glibc has written there
 * (record/glibc.h). A word alone can be anything, so each kind is believed only if all of its words fit: the owner of a
 * mutex must be a thread of the process, or be gone; a thread that is joined must be one, at its place in memory.
 * Everything else is just a futex.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_WORDS_H
#define LOCKWATCH_ANALYZER_ATTACH_WORDS_H

#include "analyzer/attach/target.h"
#include "record/layout.h"

struct wait_words {
    uint16_t kind;    /* enum lock_kind; KIND_NONE: it does not wait in a futex call */
    uint64_t address; /* of the lock; of a join 0 */
    uint32_t traits;  /* enum lock_trait, of the lock */
    int stream;       /* KIND_FILE: number of its descriptor; -1: not known */
    uint32_t value;   /* see TRAIT_VALUE_KNOWN */
    bool timed;
    bool shared;      /* wanted for reading */
    uint32_t owner;   /* tid of its owner, or of the thread that is joined; 0: none, or it cannot be said */
    uint32_t stack;   /* of the record: where its owner acquired it; 0: not known */
    bool refused;     /* it looks like a thread that waits for a mutex which the kernel refused: see words_refused */
    uint64_t own;     /* refused: a mutex of the thread's own, whose address stands on its stack; 0: none */
    bool owner_ended; /* no thread has that number any more */
};

struct wait_words words_read(struct target *t, const struct target_thread *of);

/*
 * A mutex with priority inheritance that the kernel refused to lock, as that would close a cycle: glibc lets such a
 * thread sleep for good, on a word of its own stack (nptl/pthread_mutex_lock.c, EDEADLK). Which mutex that is stands in
 * its registers; where these are not known, memory is searched for one that belongs to a thread which waits for this
 * one, directly or not: `owner` lists the tids of those. Where nobody waits for it, it is a mutex of its own, if the
 * address of one stands on its stack, where it may be from an earlier call. False: there is none, or more than one.
 */
bool words_refused(struct target *t, const uint32_t *owner, size_t owners, struct wait_words *w);

#endif
