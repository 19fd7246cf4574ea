/*
 * The condition calls. Who waits gives up his mutex and must have it back, so he waits for both: for somebody to
 * signal, and then for the mutex.
 */
#include "preload/hold/hold.h"
#include "preload/hooks/hooks.h"
#include "preload/hooks/lifecycle.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"
#include "preload/wait/wakers.h"

/* A wait with a time-out is one on the clock that its call names. */
struct waiting {
    pthread_cond_t *condition;
    pthread_mutex_t *mutex;
    clockid_t clock;
    const struct timespec *time; /* NULL: no time-out */
    bool plain;                  /* pthread_cond_timedwait, whose clock is that of the condition */
    bool robs;                   /* the mutex was not its own to give up */
    bool partly; /* a recursive mutex that is locked more than once: libc gives up one level, and it stays locked */
    uint64_t site, frame;
};

static int block(void *argument)
{
    const struct waiting *x = argument;
    if (x->time == NULL)
        return real.pthread_cond_wait(x->condition, x->mutex);
    if (x->plain)
        return real.pthread_cond_timedwait(x->condition, x->mutex, x->time);
    return real.pthread_cond_clockwait(x->condition, x->mutex, x->clock, x->time);
}

/* libc has locked the mutex again, also for the cleanup handlers of a thread that was cancelled. */
static void take_back(void *waiting)
{
    const struct waiting *x = waiting;
    if (!x->partly && self_watched() != NULL && x->mutex->__data.__owner == (int)self.slot->tid)
        hold_acquire(self.slot, x->mutex, HOLD_AS(KIND_MUTEX, 0), x->site, x->frame);
    if (x->robs)
        recent_locks_forget((uint64_t)(uintptr_t)x->mutex);
}

static int wait_any(struct waiting *x)
{
    if (unlikely(thread_watched() == NULL))
        return block(x);
    const struct wait w = {.address = (uint64_t)(uintptr_t)x->condition,
                           .kind = KIND_CONDITION,
                           .how = x->time != NULL ? WANT_TIMED : 0,
                           .traits = glibc_condition_traits(x->condition),
                           .cond_mutex = (uint64_t)(uintptr_t)x->mutex,
                           .site = x->site,
                           .frame = x->frame,
                           .call = block,
                           .argument = x};
    int result;
    x->partly = (x->mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE_NP && x->mutex->__data.__count > 1;
    bool own = x->mutex->__data.__owner == (int)self.slot->tid;
    x->robs = x->partly ? !own : !hold_release(self.slot, x->mutex, true);
    if (x->robs)
        misuse_wait(&(struct call){w.address, KIND_CONDITION, x->site, x->frame}, w.cond_mutex);
    hold_wait(self.slot, x->condition, HOLD_AS(KIND_CONDITION, x->time != NULL ? HOW_TIMED : 0), x->site, x->frame);
    pthread_cleanup_push(take_back, x);
    result = wait_run(&w);
    pthread_cleanup_pop(1);
    return result;
}

int hook_cond_wait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *time, uint64_t site, uint64_t frame)
{
    struct waiting x = {.condition = c, .mutex = m, .time = time, .plain = true, .site = site, .frame = frame};
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
    struct waiting x = {
        .condition = c, .mutex = m, .clock = clock, .time = time, .site = CALL_SITE, .frame = CALL_FRAME};
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
    const struct lifecycle l = lifecycle_init(CALL_ABOUT(c, KIND_CONDITION));
    return lifecycle_initialised(l, real.pthread_cond_init(c, attributes), NULL);
}

static int destroy(void *condition)
{
    return real.pthread_cond_destroy(condition);
}

EXPORT int pthread_cond_destroy(pthread_cond_t *c)
{
    return lifecycle_destroy_waiting(CALL_ABOUT(c, KIND_CONDITION), destroy);
}
