/*
 * pthread_once and call_once. While a thread runs the routine it holds the control; the others wait for it.
 */
#include "preload/hold/hold.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"

/* A call under way in this thread: what its routine is, for run() below, which libc calls in its place. */
struct once {
    pthread_once_t *control;
    void (*routine)(void);
    uint64_t site, frame;
    struct waiting *waiting;
    struct once *outer;
};

static __thread struct once *current;

/* Also when the routine was cancelled; one that throws leaves the hold behind (docs/limits.md). */
static void done(void *once)
{
    const struct once *o = once;
    if (self_watched() != NULL)
        hold_release(self.slot, o->control, false);
    current = o->outer;
}

static void run(void)
{
    struct once *o = current;
    wait_over_early(o->waiting);
    self.slot = self.own;
    hold_acquire(self.slot, o->control, HOLD_AS(KIND_ONCE, 0), o->site, o->frame);
    pthread_cleanup_push(done, o);
    o->routine();
    pthread_cleanup_pop(1);
}

static int block(void *argument)
{
    struct once *o = argument;
    o->outer = current;
    current = o;
    int result = real.pthread_once(o->control, run);
    current = o->outer;
    return result;
}

/* glibc keeps 2 in the control when the routine has run (nptl/pthread_once.c). */
static bool is_done(const pthread_once_t *control)
{
    return (__atomic_load_n(control, __ATOMIC_ACQUIRE) & 2) != 0;
}

static int once(pthread_once_t *control, void (*routine)(void), uint64_t site, uint64_t frame)
{
    if (is_done(control) || thread_watched() == NULL)
        return real.pthread_once(control, routine);
    struct once o = {.control = control, .routine = routine, .site = site, .frame = frame};
    if (*control == 0) /* nobody is at it: no wait */
        return block(&o);
    const struct wait w = {.address = (uint64_t)(uintptr_t)control,
                           .kind = KIND_ONCE,
                           .site = site,
                           .frame = frame,
                           .call = block,
                           .argument = &o,
                           .under_way = &o.waiting};
    return wait_run(&w);
}

EXPORT int pthread_once(pthread_once_t *control, void (*routine)(void))
{
    real_find();
    return once(control, routine, CALL_SITE, CALL_FRAME);
}

EXPORT void call_once(once_flag *flag, void (*routine)(void))
{
    real_find();
    once((pthread_once_t *)(void *)flag, routine, CALL_SITE, CALL_FRAME);
}
