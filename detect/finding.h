/*
 * A finding: what was judged, in ids of the record it was judged from. It owns nothing; its sides live as long as the
 * function says that gives it. How it reads is report/story.h.
 */
#ifndef LOCKWATCH_DETECT_FINDING_H
#define LOCKWATCH_DETECT_FINDING_H

#include "record/table.h"

enum finding_kind {
    FINDING_DEADLOCK = 1,
    FINDING_LOCK_ORDER,
    FINDING_WAIT_HOLDING,
    FINDING_UNLOCK_NOT_OWNER,
    FINDING_UNLOCK_NOT_HELD,
    FINDING_DESTROY_IN_USE,
    FINDING_INIT_IN_USE,
    FINDING_EXIT_HOLDING,
    FINDING_COND_MUTEX_NOT_HELD,
    FINDING_COND_TWO_MUTEXES,
    FINDING_RELOCK,
    FINDING_STARVATION,
    FINDING_LONG_HOLD,
    FINDING_SPIN_BLOCKED,
    FINDING_STALL,
    FINDING_KINDS
};

enum finding_severity { SEVERITY_NOTE = 1, SEVERITY_WARNING, SEVERITY_ERROR };

/* CERTAIN: no thread is left that could wake them. LIKELY: so it is by what was posted and signalled so far. */
enum finding_confidence { CONFIDENCE_NONE, CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN };

/* Why a cycle of lock orders, a wait while holding a lock, or a deadlock is no more than a note. */
enum finding_reason {
    REASON_NONE,
    REASON_GUARDED,       /* a gate lock keeps the sides apart */
    REASON_SINGLE_THREAD, /* one thread was all sides */
    REASON_ORDERED,       /* one side happens before another, by creation or joining of threads */
    REASON_TIMED,         /* a time-out breaks the cycle */
    REASON_WENT_ON,       /* a deadlock that was reported, and a thread of it went on */
};

/*
 * What the sides are (struct side), by kind:
 *
 * DEADLOCK      side[0] to side[cycle-1] are the cycle: each wants what the next one holds, or would post. The others
 *               are stuck with them.
 * LOCK_ORDER    likewise a cycle, of threads that acquired `want` while holding `held`, on `path`; the want has no
 *               `since`, and the sequence number is 0. `times`: how often, by all threads, at all places. A cycle of
 * one reads again what it reads; one of a semaphore alone holds units of it and asks for one more. Behind the cycle:
 * for each reader that waits for the next one because an rwlock prefers writers, a thread that wrote it, which would
 * have to wait between the two; `held` is 0. WAIT_HOLDING  side[0] waited for `want` while holding `held`, on `path`,
 * so many `times`; cycle is 2. side[1] and all further ones are the threads that woke its waiters: their want is `held`
 * of side 0, its stack that of the call that woke, `path` what they held then, `times` how often. Of a join: the thread
 * joined. By way of other locks, a longer cycle: each side that waits is followed by one such thread, which wants what
 * the next side holds; the others acquired `want` while holding `held`, as in LOCK_ORDER (query_deed tells them apart).
 * mistakes      side[0] made it: `want` is the lock that the call was about, with its site and stack; `path` what it
 * held. COND_TWO_MUTEXES: want.cond_mutex is the mutex. If another thread is concerned (the owner, a waiter), it is
 * side[1], with its path and want as they stood. EXIT_HOLDING: want is the lock held, its stack that of acquiring it.
 * STARVATION    side[0] waited for `want`; `times` others passed it; `lasted` is for how long. LONG_HOLD     side[0]
 * held `want`, acquired at its stack, for `lasted`; side[1], if any, waited meanwhile. SPIN_BLOCKED  side[0] made a
 * blocking call on `want` while holding the spinlock `held`, on `path`. STALL         side[0] to side[cycle-1] are a
 * chain: each waits for what the next one holds or is, `held` of that; the last one goes on, or waits for something
 * else: its want is of KIND_NONE if the record knows of none. The others wait behind these. cycle 0: all threads wait,
 * and none holds what another one wants.
 */
struct finding {
    uint64_t when;   /* CLOCK_REALTIME, nanoseconds: when it was reported live; 0: judged from the record */
    uint64_t lasted; /* nanoseconds; REASON_WENT_ON, or REASON_TIMED if it stood: how long all of it stood */
    enum finding_kind kind;
    enum finding_severity severity;
    enum finding_confidence confidence;
    enum finding_reason reason;
    uint32_t sides, cycle;
    const struct side *side;
    /*
     * It rests on what only a live process can confirm: that semaphores are used as locks which no thread has posted
     * yet, and then it must have stood for long; or that no waiter had just been woken when the process was killed.
     */
    bool unconfirmed;
    uint32_t behind;    /* further threads that wait, directly or not, for one of these */
    bool beside;        /* it leaves out threads that run, or nap, and never had anything to do with those of it */
    bool everybody;     /* it rests on no thread at all being able to go on */
    bool idle;          /* of a stall: it may be no more than waiting for work */
    uint32_t count;     /* how many like it, of other instances, this one stands for, itself included; or how often */
    uint32_t gate_lock; /* REASON_GUARDED: a lock that keeps two sides apart */
};

/* Whether threads wait for each other in it, or would, so that the Coffman conditions apply. Else it is a mistake or a
 * delay. */
static inline bool finding_is_cyclic(const struct finding *f)
{
    return f->kind == FINDING_DEADLOCK || f->kind == FINDING_LOCK_ORDER || f->kind == FINDING_WAIT_HOLDING;
}

/* Whether it goes against an order that the program declared: then that is all it says, whoever may meet whom. */
static inline bool finding_is_declared(const struct finding *f)
{
    return f->kind == FINDING_LOCK_ORDER && f->sides > 1 && (f->side[1].want.how & WANT_DECLARED) != 0;
}

/* Whether it is a cycle of lock orders over one semaphore: each side holds units of it and asked for one more. */
static inline bool finding_is_units(const struct finding *f)
{
    return f->kind == FINDING_LOCK_ORDER && f->cycle > 1 && f->side[0].want.kind == KIND_SEMAPHORE &&
           f->side[0].held == f->side[0].want.lock;
}

/* "lock-order", "warning", "likely", "single-thread": the words of every format; NULL for a number that is none. */
const char *finding_kind_word(enum finding_kind kind);
const char *finding_severity_word(enum finding_severity severity);
const char *finding_confidence_word(enum finding_confidence confidence);
const char *finding_reason_word(enum finding_reason reason);

/* "mutex", "semaphore" …: the word for a lock's kind (enum lock_kind). */
const char *finding_lock_word(uint16_t kind);

/*
 * A finding that was stored while the process ran (TABLE_FINDINGS). False: there is none of this id, or it contradicts
 * itself. The sides lie in the record.
 */
bool finding_stored(const struct record *r, uint32_t id, struct finding *f);

/* Whether two findings are about one deadlock that still stands: a thread in the same wait is part of both. */
bool finding_same(const struct finding *a, const struct finding *b);

/*
 * Whether a predicted finding came true in a deadlock of the same record: it closed just the cycle that these lock
 * orders could close, or a thread waits for the same while it holds the same lock.
 */
bool finding_happened(const struct finding *predicted, const struct finding *deadlock);

#endif
