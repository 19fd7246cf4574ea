/*
 * The condition calls. A thread that waits releases the mutex and must lock it again: it waits for a signal, and then
 * for the mutex.
 */
#include "preload/hold/hold.h"
#include "preload/hooks/hooks.h"
#include "preload/hooks/lifecycle.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/thread/thread.h"
#include "preload/wait/renewed.h"
#include "preload/wait/wait.h"
#include "preload/wait/wakers.h"

struct condition_call {
    pthread_cond_t *condition;
    pthread_mutex_t *mutex;
    struct deadline until; /* pthread_cond_timedwait has the clock of the condition */
    bool not_held;         /* the thread did not hold the mutex */
    bool refused;          /* it did not wait */
    bool stays_locked;     /* a recursive mutex locked more than once: libc releases one level only */
    uint64_t site, frame;
};

static int wait_really(void *argument)
{
    const struct condition_call *x = argument;
    if (x->until.time == NULL)
        return real.pthread_cond_wait(x->condition, x->mutex);
    if (x->until.plain)
        return real.pthread_cond_timedwait(x->condition, x->mutex, x->until.time);
    return real.pthread_cond_clockwait(x->condition, x->mutex, x->until.clock, x->until.time);
}

/* A mutex that does not say who owns it is this thread's if it waited, though it may not have been before. */
static bool is_relocked(const struct condition_call *x)
{
    if (!glibc_bears_owner(x->mutex))
        return !(x->not_held && x->refused) && !glibc_is_free(x->mutex);
    return glibc_is_owned_by(x->mutex, self.slot->tid);
}

/* libc has locked the mutex again, also for the cleanup handlers of a thread that was cancelled. */
static void mutex_relocked(void *call)
{
    const struct condition_call *x = call;
    if (!x->stays_locked && self_watched() != NULL && is_relocked(x))
        hold_acquire(self.slot, x->mutex, HOLD_AS(KIND_MUTEX, 0), x->site, x->frame);
    if (x->not_held)
        recent_locks_forget((uint64_t)(uintptr_t)x->mutex);
}

static int wait_any(struct condition_call *x)
{
    if (unlikely(thread_watched() == NULL))
        return wait_really(x);
    const struct wait w = {.call = {(uint64_t)(uintptr_t)x->condition, KIND_CONDITION, x->site, x->frame},
                           .how = deadline_want(&x->until),
                           .traits = glibc_condition_traits(x->condition),
                           .cond_mutex = (uint64_t)(uintptr_t)x->mutex,
                           .block = wait_really,
                           .argument = x};
    int result;
    if (x->until.time != NULL)
        renewed_begins();
    x->stays_locked = glibc_is_recursive(x->mutex) && glibc_lock_count(x->mutex) > 1;
    bool own = glibc_is_owned_by(x->mutex, self.slot->tid);
    x->not_held = x->stays_locked ? !own : !hold_release(self.slot, x->mutex);
    if (x->not_held)
        misuse_wait_without_mutex(&w.call, w.cond_mutex);
    hold_wait(self.slot, x->condition, HOLD_AS(KIND_CONDITION, deadline_how(&x->until)), x->site, x->frame);
    pthread_cleanup_push(mutex_relocked, x);
    result = wait_run(&w);
    x->refused = result != 0 && result != ETIMEDOUT;
    pthread_cleanup_pop(1);
    if (result == ETIMEDOUT && !x->not_held && !x->stays_locked)
        renewed_failed(&w.call, 0, w.traits, w.cond_mutex);
    return result;
}

int hook_cond_wait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *time, uint64_t site, uint64_t frame)
{
    struct condition_call x = {
        .condition = c, .mutex = m, .until = {.time = time, .plain = true}, .site = site, .frame = frame};
    return wait_any(&x);
}

EXPORT int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
    return hook_cond_wait(c, m, NULL, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *time)
{
    return hook_cond_wait(c, m, time, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock, const struct timespec *time)
{
    struct condition_call x = {
        .condition = c, .mutex = m, .until = {.time = time, .clock = clock}, .site = CALL_SITE, .frame = CALL_FRAME};
    return wait_any(&x);
}

int hook_cond_signal(pthread_cond_t *c, bool all, uint64_t site, uint64_t frame)
{
    const struct lock_traits what = {.kind = KIND_CONDITION, .traits = glibc_condition_traits(c), .site = site};
    if (likely(thread_watched() != NULL))
        wakers_posted(self.slot, (uint64_t)(uintptr_t)c, &what, frame);
    return all ? real.pthread_cond_broadcast(c) : real.pthread_cond_signal(c);
}

EXPORT int pthread_cond_signal(pthread_cond_t *c)
{
    return hook_cond_signal(c, false, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_cond_broadcast(pthread_cond_t *c)
{
    return hook_cond_signal(c, true, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *attributes)
{
    const struct lifecycle l = lifecycle_init(c, KIND_CONDITION);
    return lifecycle_initialised(l, real.pthread_cond_init(c, attributes), NULL);
}

static int destroy(void *condition)
{
    return real.pthread_cond_destroy(condition);
}

EXPORT int pthread_cond_destroy(pthread_cond_t *c)
{
    return lifecycle_destroy_waiting(c, KIND_CONDITION, destroy);
}
