/*
 * What glibc writes into its locks and threads, on 64-bit processors (nptl of 2.31 to 2.43): where each word is, and
 * what its bits mean. For the library, which looks at its own process (preload/os/glibc.h), and for the analyzer, which
 * reads another one or a core (analyzer/attach/). Nothing here touches memory: the words are given.
 */
#ifndef LOCKWATCH_RECORD_GLIBC_H
#define LOCKWATCH_RECORD_GLIBC_H

#include "record/layout.h"

enum {
    GLIBC_TID = 0x3fffffff,   /* the bits of a tid in a word that the kernel knows, too */
    GLIBC_TIDS = 1 << 22,     /* the most that Linux gives out */
    GLIBC_PROTECTED = 0x7ffff /* of a mutex with priority protection: the ceiling is above */
};

struct glibc_mutex {
    uint32_t lock, count, owner, users, kind;
};

struct glibc_rwlock {
    uint32_t readers, writers;
    uint32_t phase, writers_futex; /* readers sleep on the one; writers on either */
    uint32_t unused[2];
    uint32_t writer, shared;
    uint64_t unused_too[2];
    uint32_t flags;
};

/*
 * A condition has two groups: waiters come into the one that the lowest bit of `sequence` names, signals go to the
 * other. glibc 2.41 took two words out, and counts signals from where the group starts. Which of the two a process has
 * is to be found out; the same program may meet either.
 */
enum glibc_condition_layout { GLIBC_CONDITION_UNKNOWN, GLIBC_CONDITION_UNTIL_2_40, GLIBC_CONDITION_SINCE_2_41 };

struct glibc_condition {
    uint64_t sequence, group_start; /* from bit 1 on; of 2.41 `group_start` from bit 0 on */
    union {
        struct {
            uint32_t references[2], size[2], original_size, waiters, signals[2];
        } until_2_40;
        struct {
            uint32_t size[2];
            uint32_t original_size; /* from bit 2 on */
            uint32_t waiters;       /* from bit 3 on; bit 0: shared between processes */
            uint32_t signals[2], unused[2];
        } since_2_41;
    };
};

struct glibc_semaphore {
    uint32_t value, waiters, shared;
};

/* Who has come to a barrier, how many of those were let go, and how many a round takes. Its waiters sleep on `gone`. */
struct glibc_barrier {
    uint32_t in, gone, count;
};

/* The lock of a stdio stream: the owner is a pthread_t. Since glibc 2.37 the first time is not counted. */
struct glibc_stream_lock {
    uint32_t lock, count;
    uint64_t owner;
};

static inline uint32_t glibc_traits_of_mutex(uint32_t kind)
{
    enum { RECURSIVE = 1, ERRORCHECK, ADAPTIVE };
    uint32_t traits = (kind & 16 ? TRAIT_ROBUST : 0) | (kind & 32 ? TRAIT_INHERIT : 0) |
                      (kind & 64 ? TRAIT_PROTECT : 0) | (kind & 128 ? TRAIT_SHARED : 0);
    switch (kind & 3) {
    case RECURSIVE:
        return traits | TRAIT_RECURSIVE;
    case ERRORCHECK:
        return traits | TRAIT_ERRORCHECK;
    case ADAPTIVE:
        return traits | TRAIT_ADAPTIVE;
    default:
        return traits;
    }
}

/*
 * The lock word without what is not about being locked. Robust ones and those with priority inheritance have the owner
 * in it, so that the kernel knows it.
 */
static inline uint32_t glibc_locked(uint32_t lock, uint32_t traits)
{
    if ((traits & (TRAIT_ROBUST | TRAIT_INHERIT)) != 0)
        return lock & GLIBC_TID;
    return (traits & TRAIT_PROTECT) != 0 ? lock & GLIBC_PROTECTED : lock;
}

/* The readers of a reader-writer lock by its first word; 0 while it is the writers' turn: then they are who waits. */
static inline uint32_t glibc_readers(uint32_t word)
{
    return (word & 1) == 0 ? word >> 3 : 0;
}

/* The word of a condition that counts the threads in a call of waiting at it. */
static inline uint32_t glibc_condition_word(const struct glibc_condition *c, enum glibc_condition_layout layout)
{
    return layout == GLIBC_CONDITION_SINCE_2_41 ? c->since_2_41.waiters : c->until_2_40.waiters;
}

/* How many threads wait at a condition of 2.41 and were not signalled: what is left of either group. */
static inline uint32_t glibc_condition_unsignalled(const struct glibc_condition *c)
{
    uint32_t came_later = (uint32_t)(c->sequence >> 1) - (uint32_t)c->group_start - (c->since_2_41.original_size >> 2);
    return came_later + c->since_2_41.size[0] + c->since_2_41.size[1];
}

/*
 * Whether a condition has signals that were sent, but not taken (nptl/pthread_cond_wait.c): until 2.40 they are counted
 * from bit 1 of the group's word on. Since 2.41 a group that was signalled as a whole is closed at once, and its
 * signals cannot be seen any more: but its waiters can, until they leave.
 */
static inline bool glibc_condition_signalled(const struct glibc_condition *c, enum glibc_condition_layout layout)
{
    if (layout != GLIBC_CONDITION_SINCE_2_41)
        return (c->until_2_40.signals[0] | c->until_2_40.signals[1]) >> 1 != 0;
    return (int32_t)((c->since_2_41.waiters >> 3) - glibc_condition_unsignalled(c)) > 0 ||
           (int32_t)(c->since_2_41.signals[~c->sequence & 1] - (uint32_t)c->group_start) > 0;
}

static inline uint32_t glibc_traits_of_rwlock(uint32_t shared, uint32_t flags)
{
    enum { PREFER_WRITER_NONRECURSIVE = 2 };
    return (shared != 0 ? TRAIT_SHARED : 0) | (flags == PREFER_WRITER_NONRECURSIVE ? TRAIT_PREFER_WRITER : 0);
}

#endif
