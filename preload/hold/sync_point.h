/*
 * Synchronisation points (record/layout.h, struct epoch): what keeps two things apart in every schedule, besides
 * creating and joining threads. The k-th wait of a thread for a semaphore comes after the k-th post; the return from a
 * barrier after the arrival of all; any return from pthread_once after its routine. Whether a semaphore was posted by
 * one thread alone, and a barrier used by no more threads than it lets go at a time, is known at the end only: it is
 * counted in the epoch that stands for it.
 *
 * Recorded for the first SYNC_EACH posts, waits and rounds of a thread with an object, SYNC_THREAD in all of a thread,
 * and while there are not very many epochs. With fewer of them more cycles of lock orders are warned about, with none
 * fewer. Costs nothing where no event semaphore, barrier or once control is used; after that, a look into a small table
 * of the thread's own.
 *
 * Called with the recursion guard closed, unless a comment says otherwise, and not under the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_SYNC_POINT_H
#define LOCKWATCH_PRELOAD_HOLD_SYNC_POINT_H

#include "preload/lock/lock.h"
#include "preload/os/self.h"

enum { SYNC_EACH = 4, SYNC_THREAD = 64, SYNC_HANDED = 256 };

static inline struct sync_seen *sync_point_seen(uint64_t address)
{
    return &self.sync_seen[address * 0x9E3779B97F4A7C15u >> 60];
}

/* Whether the thread has no more to record of its waits or rounds there, or of its posts. From a wrapper. */
static inline bool sync_point_over(uint64_t address)
{
    const struct sync_seen *s = sync_point_seen(address);
    return self.sync_points >= SYNC_THREAD ||
           (s->address == address && s->times >= SYNC_EACH && s->generation == lock_generation(address));
}

static inline bool sync_point_posts_over(uint64_t address)
{
    const struct sync_seen *s = sync_point_seen(address);
    return self.sync_points >= SYNC_THREAD ||
           (s->address == address && s->posts >= SYNC_EACH && s->generation == lock_generation(address));
}

/*
 * The thread is about to post the semaphore `lock`; its wake is recorded. No post may be left out before
 * sync_point_posts_over. `unknown`: a signal handler does it, or a thread that may be anybody.
 */
void sync_point_posts(uint32_t lock, bool unknown) HIDDEN;

/* From a wrapper, unless that is over: it is about to arrive at a barrier; it was let go there, or got a unit of an
 * event semaphore. */
void sync_point_arrives(uint64_t address) HIDDEN;
void sync_point_waited(uint64_t address) HIDDEN;

/* A semaphore is posted by who acquired a unit: it is a lock. */
void sync_point_is_lock(uint32_t lock) HIDDEN;

/* From a wrapper, around the routine of a once control; the first returns what the second takes. */
uint32_t sync_point_routine_begins(void) HIDDEN;
void sync_point_routine_ended(uint64_t control, uint32_t begun) HIDDEN;

/* From a wrapper: a call of pthread_once for this control returns, and another thread ran its routine. */
extern _Atomic uint32_t sync_point_routines HIDDEN;
void sync_point_passed_really(uint64_t control) HIDDEN;

static inline void sync_point_passed(uint64_t control)
{
    if (unlikely(sync_point_routines != 0) && !sync_point_over(control))
        sync_point_passed_really(control);
}

/*
 * The thread hands over what is at this address, or takes it over, by LOCKWATCH_GIVE and LOCKWATCH_TAKE: what the
 * program says of every schedule. SYNC_HANDED of a thread.
 */
void sync_point_gives(uint64_t address) HIDDEN;
void sync_point_takes(uint64_t address) HIDDEN;

/* In the child of a fork. */
void sync_point_reset(void) HIDDEN;

#endif
