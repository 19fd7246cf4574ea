/*
 * pthread_once and call_once. While a thread runs the routine it holds the control; the others wait for it.
 */
#include "preload/hold/hold.h"
#include "preload/hold/sync_point.h"
#include "preload/lock/recent_locks.h"
#include "preload/os/glibc.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"

/* A call under way in this thread, for run_routine, which libc calls in place of the program's routine. */
struct once_call {
    pthread_once_t *control;
    void (*routine)(void);
    uint64_t site, frame;
    struct wait_under_way *waiting;
    struct once_call *outer;
};

static __thread struct once_call *current;

/* Also when the thread was cancelled in the routine; one that throws leaves the hold behind (docs/limits.md). */
static void routine_ended(void *once)
{
    const struct once_call *o = once;
    if (self_watched() != NULL)
        hold_release(self.slot, o->control);
    current = o->outer;
}

static void run_routine(void)
{
    struct once_call *o = current;
    wait_over_early(o->waiting);
    self.slot = self.own;
    hold_acquire(self.slot, o->control, HOLD_AS(KIND_ONCE, 0), o->site, o->frame);
    uint32_t begun = sync_point_routine_begins();
    pthread_cleanup_push(routine_ended, o);
    o->routine();
    pthread_cleanup_pop(1);
    recent_locks_woke(); /* those who waited for it: what it acquired in there it will not acquire again */
    if (self_watched() != NULL)
        sync_point_routine_ended((uint64_t)(uintptr_t)o->control, begun);
}

static int once_really(void *argument)
{
    struct once_call *o = argument;
    o->outer = current;
    current = o;
    int result = real.pthread_once(o->control, run_routine);
    current = o->outer;
    return result;
}

/*
 * The call returns, and another thread ran the routine: had that been later, this one would have waited for it. So if
 * it holds a lock, and the routine acquires any, for which the control has an id, this is a lock order.
 */
static inline __attribute__((always_inline)) void passed(pthread_once_t *control, uint64_t site, uint64_t frame)
{
    struct thread *t = self_watched();
    if (t == NULL)
        return;
    if (unlikely(t->held_end != 0) && lock_find((uint64_t)(uintptr_t)control) != 0) {
        hold_acquire(t, control, HOLD_AS(KIND_ONCE, 0), site, frame);
        hold_release(t, control);
    }
    sync_point_passed((uint64_t)(uintptr_t)control);
}

static inline __attribute__((always_inline)) int once(pthread_once_t *control, void (*routine)(void), uint64_t site,
                                                      uint64_t frame)
{
    if (glibc_is_once_done(control)) {
        passed(control, site, frame);
        return real.pthread_once(control, routine);
    }
    if (thread_watched() == NULL)
        return real.pthread_once(control, routine);
    struct once_call o = {.control = control, .routine = routine, .site = site, .frame = frame};
    if (!glibc_is_once_begun(control)) /* no thread runs the routine: no wait */
        return once_really(&o);
    const struct wait w = {.call = {(uint64_t)(uintptr_t)control, KIND_ONCE, site, frame},
                           .block = once_really,
                           .argument = &o,
                           .under_way = &o.waiting};
    int result = wait_run(&w);
    passed(control, site, frame);
    return result;
}

EXPORT int pthread_once(pthread_once_t *control, void (*routine)(void))
{
    return once(control, routine, CALL_SITE, CALL_FRAME);
}

EXPORT void call_once(once_flag *flag, void (*routine)(void))
{
    once((pthread_once_t *)(void *)flag, routine, CALL_SITE, CALL_FRAME);
}
