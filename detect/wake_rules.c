#include "detect/wake_rules.h"

enum wait_class {
    WAIT_UNKNOWN,
    WAIT_LOCK,        /* for a mutex, spinlock, once or guard, or an rwlock in either mode */
    WAIT_READ_QUEUED, /* to read an rwlock that prefers writers */
    WAIT_READERS,     /* for readers of an rwlock that may be any thread */
    WAIT_UNIT,        /* for a semaphore that is used as a lock, for all that is known */
    WAIT_POST,        /* for one that is used as a signal */
    WAIT_CONDITION,
    WAIT_BARRIER,
    WAIT_FUTEX,
    WAIT_FILE,
    WAIT_PIPE,    /* for data in a pipe, or for room */
    WAIT_DESTROY, /* until all have left a condition or barrier */
    WAIT_JOIN,
    WAIT_CLASSES
};

enum {
    POSTS = OUTSIDE_HANDLER | OUTSIDE_FOREIGN | OUTSIDE_PROCESS,
    CALLS =
        OUTSIDE_FOREIGN | OUTSIDE_PROCESS, /* no handler may signal a condition or wait at a barrier (POSIX 2.4.3) */
};

/*
 * A reader may have to wait for the writers that queue before it (glibc, nptl/pthread_rwlock_common.c). A semaphore is
 * used as a lock until a thread posts it that holds no unit, then as a signal: WAIT_UNIT and WAIT_POST. Whoever
 * destroys a condition or a barrier waits until all have left it (glibc, nptl/pthread_cond_destroy.c and
 * pthread_barrier_destroy.c). A thread that is cancelled goes on, to its cleanup handlers; locks, barriers and once are
 * no cancellation points. A futex lives for as long as whoever uses it likes, and where it lay there may be another:
 * who has woken waiters there says nothing of who will. A file's lock is that of an open file, which any thread can
 * close. Whoever has the other end of a pipe open may read or write there, or close it; a signal handler interrupts who
 * waits there.
 */
static const struct wake_rule rules[WAIT_CLASSES] = {
    // clang-format off
    /* a wait for         wakers                      how many        anyone  outside          unknown  known   unlisted cancel */
    [WAIT_UNKNOWN]     = {0,                          QUORUM_ALL,     false,  0,               0,       0,       false,   false},
    [WAIT_LOCK]        = {WAKERS_HOLD,                QUORUM_ALL,     false,  OUTSIDE_UNLOCKS, 0,       0,       false,   false},
    [WAIT_READ_QUEUED] = {WAKERS_HOLD | WAKERS_QUEUE, QUORUM_ALL,     false,  OUTSIDE_UNLOCKS, 0,       0,       false,   false},
    [WAIT_READERS]     = {WAKERS_ANY,                 QUORUM_ONE,     true,   CALLS,           CALLS,   0,       false,   false},
    [WAIT_UNIT]        = {WAKERS_HOLD,                QUORUM_ONE,     true,   POSTS,           POSTS,   0,       true,    true},
    [WAIT_POST]        = {WAKERS_POST,                QUORUM_ONE,     true,   POSTS,           POSTS,   0,       true,    true},
    [WAIT_CONDITION]   = {WAKERS_POST,                QUORUM_ONE,     true,   POSTS,           CALLS,   0,       true,    true},
    [WAIT_BARRIER]     = {WAKERS_POST,                QUORUM_MISSING, true,   CALLS,           CALLS,   OUTSIDE_PROCESS, false, false},
    [WAIT_FUTEX]       = {WAKERS_ANY,                 QUORUM_ONE,     true,   POSTS,           POSTS,   0,       false,   false},
    [WAIT_FILE]        = {WAKERS_FILE,                QUORUM_ONE,     true,   POSTS,           POSTS,   0,       false,   true},
    [WAIT_PIPE]        = {WAKERS_HOLD,                QUORUM_ONE,     false,  OUTSIDE_HANDLER, 0,       0,       false,   true},
    [WAIT_DESTROY]     = {WAKERS_LEAVE,               QUORUM_ALL,     false,  0,               0,       0,       false,   false},
    [WAIT_JOIN]        = {WAKERS_JOINED,              QUORUM_ONE,     false,  0,               0,       0,       false,   true},
    // clang-format on
};

static enum wait_class class_of(uint16_t kind, bool shared, uint32_t traits)
{
    switch (kind_like(kind)) {
    case KIND_MUTEX:
    case KIND_FILE:
    case KIND_SPINLOCK:
    case KIND_ONCE:
    case KIND_GUARD:
    case KIND_OWN:
        return WAIT_LOCK;
    case KIND_RWLOCK:
        if ((traits & TRAIT_READERS_UNKNOWN) != 0)
            return WAIT_READERS;
        return shared && (traits & TRAIT_PREFER_WRITER) != 0 ? WAIT_READ_QUEUED : WAIT_LOCK;
    case KIND_SEMAPHORE:
        return (traits & TRAIT_EVENT) != 0 ? WAIT_POST : WAIT_UNIT;
    case KIND_CONDITION:
        return shared ? WAIT_DESTROY : WAIT_CONDITION;
    case KIND_BARRIER:
        return shared ? WAIT_DESTROY : WAIT_BARRIER;
    case KIND_FUTEX:
        return WAIT_FUTEX;
    case KIND_FILELOCK:
        return WAIT_FILE;
    case KIND_PIPE:
        return WAIT_PIPE;
    case KIND_THREAD:
        return WAIT_JOIN;
    default:
        return WAIT_UNKNOWN;
    }
}

const struct wake_rule *wake_rule(uint16_t kind, bool shared, uint32_t traits)
{
    return &rules[class_of(kind, shared, traits)];
}
