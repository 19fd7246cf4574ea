/*
 * What the words of a finding need to know about its sides: who stands between a side and what it wants, and
 * since where. Looks at the record as it is; any id may lead nowhere. Every walk is bounded, nothing is
 * allocated.
 */
#ifndef LOCKWATCH_DETECT_FINDING_QUERY_H
#define LOCKWATCH_DETECT_FINDING_QUERY_H

#include "detect/finding.h"
#include "detect/held.h"

/* A thread that is spoken of. `slot` is NULL when its place in the table is another's by now. */
struct thread_ref {
    uint32_t id, serial;
    const struct thread *slot;
    const char *name; /* of 16 bytes, perhaps without a NUL; may be "" */
};

struct thread_ref query_thread(const struct record *r, uint32_t id, uint32_t serial);
/* The run in which it was seen, if the record is of several; else NULL. */
const struct merged_run *query_run(const struct record *r, const struct side *side);

struct thread_ref query_side_thread(const struct record *r, const struct side *side);

/* What was kept of a thread whose place in the table is another's by now; NULL when nothing was. */
const struct epoch *query_epoch(const struct record *r, uint32_t serial);

/* Its number with the kernel; 0: not known. */
uint32_t thread_ref_tid(const struct record *r, const struct thread_ref *p);

/* True when this thread will never run again. */
bool thread_ref_ended(const struct thread_ref *p);

/* True when it sleeps, in a futex call that lockwatch did not see: it may wait for anything. */
static inline bool query_unseen(const struct thread *t)
{
    return t->state == THREAD_RUNNING && t->sequence % 2 == 0 && (t->traits & THREAD_ASLEEP) != 0;
}

/* Whether a hold counts: not a unit of a semaphore that turned out to be a signal. */
bool query_holding(const struct record *r, const struct held *h);

/* The hold of a lock on a path, the innermost one; all zero when the path has none. */
struct held query_hold(const struct record *r, uint32_t path, uint32_t lock);

/* Whether units of this are made by posting or signalling, so that nobody holds it. */
bool query_signal(const struct record *r, const struct want *want);

/* The next side of the cycle, when `i` is one of its sides; NULL for the others. */
const struct side *query_next(const struct finding *f, uint32_t i);

/*
 * Who has what side i wants, or would post it: false when that is nobody in particular. `hold` says how it
 * came by it, as far as that is known, and has address 0 when there is nothing to hold.
 */
bool query_holder(const struct record *r, const struct finding *f, uint32_t i, struct thread_ref *holder,
                  struct held *hold);

/* Whether a side really holds what the one before it in the cycle wants: not if that is a signal, or a place in a
 * queue.
 */
bool query_has(const struct record *r, const struct side *side);

/* Whether side i waits behind the next one, which waits for the same lock: a reader behind a writer that comes first.
 */
bool query_queues(const struct record *r, const struct finding *f, uint32_t i);

/* Of a cycle of lock orders: the writer that has to stand between side i, which reads, and the next one; NULL: none. */
const struct side *query_between(const struct finding *f, uint32_t i);

/* Whether all the sides of a cycle are one thread's. */
bool query_alone(const struct finding *f);

/* Who has posted a lock so far, each once; up to `room` of them, `*more` says that there are others. */
unsigned query_posters(const struct record *r, uint32_t lock, struct thread_ref *poster, unsigned room, bool *more);

/* Whether anybody has posted a lock so far. */
static inline bool query_posted(const struct record *r, uint32_t lock)
{
    const struct lock *l = record_lock(r, lock);
    return l != NULL && l->first_post != 0;
}

/* The side of a thread in a finding, NULL when it is in none. */
const struct side *query_sides(const struct finding *f, uint32_t serial);

/* How many of the threads of a finding wait for something. */
uint32_t query_waiting(const struct finding *f);

/* Of a mistake: the lock whose owner matters: the mutex of a condition wait that did not have it. */
uint32_t query_subject(const struct finding *f);

/* How side 1 of a mistake comes into it. */
enum query_part { PART_NONE, PART_HOLDS, PART_WAITS };
enum query_part query_part(const struct record *r, const struct finding *f);

/* The times of all sides of a cycle together. */
uint64_t query_times(const struct finding *f);

/* A thread that waits for itself, holding what it wants or joining itself: a cycle of one. */
bool query_self(const struct finding *f);

#endif
