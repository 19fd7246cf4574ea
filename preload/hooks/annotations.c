/*
 * What programs may call of the library itself: include/lockwatch.h. From any thread, watched or not.
 */
#include "include/lockwatch.h"
#include "preload/hold/hold.h"
#include "preload/hold/sync_point.h"
#include "preload/lock/lock.h"
#include "preload/process/process.h"
#include "preload/store/recording.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"

static uint64_t address_of(const void *thing)
{
    return (uint64_t)(uintptr_t)thing;
}

/* --- names --- */

EXPORT void lockwatch_name(const void *lock, const char *name)
{
    int error = errno;
    if (lock != NULL)
        lock_name(address_of(lock), name);
    errno = error;
}

EXPORT void lockwatch_class(const void *lock, const char *name)
{
    int error = errno;
    if (lock != NULL)
        lock_classify(address_of(lock), name);
    errno = error;
}

/* --- gates --- */

/* Nobody waits for a gate, so it is acquired as by a trylock: it keeps orders apart, and is in none itself. */
EXPORT void lockwatch_enter(const void *gate)
{
    if (gate != NULL && thread_watched() != NULL)
        hold_acquire(self.slot, gate, HOLD_AS(KIND_OWN, HOW_TRIED), CALL_SITE, CALL_FRAME);
}

EXPORT void lockwatch_leave(const void *gate)
{
    if (gate != NULL && thread_watched() != NULL)
        hold_release(self.slot, gate);
}

/* --- what is handed over --- */

static void hand_over(const void *object, void (*noted)(uint64_t address))
{
    if (object == NULL || thread_watched() == NULL)
        return;
    int error = self_enter();
    if (recording_ready())
        noted(address_of(object));
    self_leave(error);
}

EXPORT void lockwatch_give(const void *object)
{
    hand_over(object, sync_point_gives);
}

EXPORT void lockwatch_take(const void *object)
{
    hand_over(object, sync_point_takes);
}

/* --- locks of the program's own --- */

static uint32_t how_held(int how)
{
    return ((how & LOCKWATCH_SHARED) != 0 ? HOW_SHARED : 0) | ((how & LOCKWATCH_TRIED) != 0 ? HOW_TRIED : 0) |
           ((how & LOCKWATCH_TIMED) != 0 ? HOW_TIMED : 0);
}

EXPORT void lockwatch_waits(const void *lock, int how)
{
    if (lock == NULL || thread_watched() == NULL)
        return;
    wait_announce(&(struct wait){.call = CALL_ABOUT(lock, KIND_OWN),
                                 .how = ((how & LOCKWATCH_SHARED) != 0 ? WANT_SHARED : 0) |
                                        ((how & LOCKWATCH_TIMED) != 0 ? WANT_TIMED : 0)});
}

EXPORT void lockwatch_gave_up(const void *lock)
{
    wait_announced_over(address_of(lock));
}

EXPORT void lockwatch_acquired(const void *lock, int how)
{
    wait_announced_over(address_of(lock));
    if (lock != NULL && thread_watched() != NULL)
        hold_acquire(self.slot, lock, HOLD_AS(KIND_OWN, how_held(how)), CALL_SITE, CALL_FRAME);
}

EXPORT void lockwatch_releases(const void *lock)
{
    if (lock != NULL && thread_watched() != NULL)
        hold_release(self.slot, lock);
}

/* --- what does not count --- */

EXPORT void lockwatch_ignore(void)
{
    struct thread *t = thread_watched();
    if (t == NULL)
        return;
    int error = self_enter();
    hold_ignore(t);
    self_leave(error);
}

EXPORT void lockwatch_watch(void)
{
    struct thread *t = thread_watched();
    if (t == NULL)
        return;
    int error = self_enter();
    hold_ignore_no_more(t);
    self_leave(error);
}

/* --- declared orders --- */

EXPORT void lockwatch_order(const void *first, const void *second)
{
    if (first == NULL || second == NULL || first == second || thread_watched() == NULL)
        return;
    const struct stack_call here = {CALL_SITE, CALL_FRAME};
    int error = self_enter();
    if (recording_ready())
        hold_declare_order(address_of(first), address_of(second), &here);
    self_leave(error);
}
