/*
 * Questions about the sides of a finding that its words depend on: which thread has what a side wants, how it acquired
 * it, what else is known of it. Reads the record as it is; any id may lead nowhere. Every walk is bounded, nothing is
 * allocated or kept.
 */
#ifndef LOCKWATCH_DETECT_FINDING_QUERY_H
#define LOCKWATCH_DETECT_FINDING_QUERY_H

#include "detect/finding.h"
#include "detect/held.h"

/* A thread that a finding names. `slot` is NULL when its slot in the table is another's by now. */
struct thread_ref {
    uint32_t id, serial;
    const struct thread *slot;
    const char *name; /* of 16 bytes, perhaps without a NUL; may be "" */
};

struct thread_ref query_thread(const struct record *r, uint32_t id, uint32_t serial);

/* The run that a side is of, in a merged record; else NULL. */
const struct merged_run *query_run(const struct record *r, const struct side *side);

struct thread_ref query_side_thread(const struct record *r, const struct side *side);

/* What is known of a thread whose slot is another's by now; NULL: nothing. */
const struct epoch *query_epoch(const struct record *r, uint32_t serial);

/* Its id with the kernel; 0: not known. */
uint32_t thread_ref_tid(const struct record *r, const struct thread_ref *p);

/* Whether it will never run again. */
bool thread_ref_ended(const struct thread_ref *p);

/* Whether it was cancelled, as far as that is known. */
static inline bool thread_ref_cancelled(const struct thread_ref *p)
{
    return p->slot != NULL && p->slot->state == THREAD_ENDED && (p->slot->traits & THREAD_CANCELLED) != 0;
}

/* Whether it sleeps in a futex call that lockwatch did not see: it may wait for anything. */
static inline bool query_unseen(const struct thread *t)
{
    return t->state == THREAD_RUNNING && t->sequence % 2 == 0 && (t->traits & THREAD_ASLEEP) != 0;
}

/* The lock that lives at an address; 0: none that is known. Looks at all of them. */
uint32_t query_lock_at(const struct record *r, uint64_t address);

/* Whether it counts as held: a unit of a semaphore that turned out to be a signal does not. */
bool query_holding(const struct record *r, const struct held *h);

/* The innermost hold of a lock on a path; all zero: none. */
struct held query_hold(const struct record *r, uint32_t path, uint32_t lock);

/* Whether a wait for this ends by a post, signal or arrival, so that no thread holds it. */
bool query_signal(const struct record *r, const struct want *want);

/* The number that the thread had with the kernel that has locked the mutex which is waited for, if it does not exist
 * any more and is not in the record; 0: not so. */
static inline uint32_t query_gone(const struct want *want)
{
    return want->kind == KIND_MUTEX ? want->gone : 0;
}

/* Whether a thread has woken waiters of a condition without having locked the mutex that they wait with, in a time when
 * it last did so; *serial: which one. */
bool query_signals_without(const struct record *r, const struct want *want, uint32_t *serial);

/* The side behind side i in the cycle, or the chain of a stall; NULL when that is not part of it, or there is none. */
const struct side *query_next(const struct finding *f, uint32_t i);

/*
 * The thread that holds what side i wants, or would post it; false: no thread in particular. *hold says how it was
 * acquired, as far as that is known; its address is 0 where there is nothing to hold.
 */
bool query_holder(const struct record *r, const struct finding *f, uint32_t i, struct thread_ref *holder,
                  struct held *hold);

/*
 * How side i of a stall acquired what the one before it wants: by its path, or by the list of a thread that runs. All
 * zero: there is nothing that it holds, or that is not known any more.
 */
struct held query_kept(const struct record *r, const struct finding *f, uint32_t i);

/* Whether a side holds what the one before it in the cycle wants: not if that is a signal, or a place in a queue. */
bool query_has(const struct record *r, const struct side *side);

/* Whether side i waits behind the next one, which waits for the same lock: a reader behind a writer that comes first.
 */
bool query_queues(const struct record *r, const struct finding *f, uint32_t i);

/* Of a cycle of lock orders: the writer that has to wait between side i, which reads, and the next one; NULL: none. */
const struct side *query_between(const struct finding *f, uint32_t i);

/* Of a wait while holding: what a side did. Which of the sides waited for what a waker, side i, woke. */
enum query_deed { DEED_WAITED, DEED_WOKE, DEED_ACQUIRED };
enum query_deed query_deed(const struct record *r, const struct finding *f, uint32_t i);
const struct side *query_awaiting(const struct finding *f, uint32_t i);

/* The lock that a waker of such a wait, side i, needs. */
uint32_t query_needed(const struct finding *f, uint32_t i);

/* Whether it is a cycle of lock orders that stood, until a time-out of side 0 broke it. */
static inline bool query_stood(const struct finding *f)
{
    return f->kind == FINDING_LOCK_ORDER && f->reason == REASON_TIMED && f->lasted != 0;
}

/* Whether all the sides of a cycle are one thread's. */
bool query_alone(const struct finding *f);

/* The threads that have posted a lock so far, each once, up to `room` of them; *more: there are others. */
unsigned query_posters(const struct record *r, uint32_t lock, struct thread_ref *poster, unsigned room, bool *more);

/* Whether a thread has posted it so far. */
static inline bool query_posted(const struct record *r, uint32_t lock)
{
    const struct lock *l = record_lock(r, lock);
    return l != NULL && l->first_post != 0;
}

/* Whether this thread has. */
bool query_posted_by(const struct record *r, uint32_t lock, uint32_t serial);

/* The side that is this thread; NULL: none. */
const struct side *query_sides(const struct finding *f, uint32_t serial);

/* How many sides wait for something. */
uint32_t query_waiting(const struct finding *f);

/* Of a mistake: the lock whose owner matters, which of a condition wait without its mutex is that. */
uint32_t query_subject(const struct finding *f);

/* What side 1 of a mistake does with that lock. */
enum query_part { PART_NONE, PART_HOLDS, PART_WAITS };
enum query_part query_part(const struct record *r, const struct finding *f);

/* Of all sides of the cycle together. */
uint64_t query_times(const struct finding *f);

/* Whether it is a thread that waits for itself: it holds what it wants, or joins itself. */
bool query_self(const struct finding *f);

#endif
