/*
 * The barrier calls. A thread that arrived once may be expected again: it is recorded as one that wakes others there.
 */
#include "preload/hold/hold.h"
#include "preload/hold/sync_point.h"
#include "preload/hooks/lifecycle.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"
#include "preload/wait/wakers.h"

static int wait_really(void *argument)
{
    return real.pthread_barrier_wait(argument);
}

EXPORT int pthread_barrier_wait(pthread_barrier_t *b)
{
    const struct lock_traits what = {.kind = KIND_BARRIER, .site = CALL_SITE};
    const struct wait w = {.call = CALL_ABOUT(b, KIND_BARRIER), .block = wait_really, .argument = b};
    if (unlikely(thread_watched() == NULL))
        return real.pthread_barrier_wait(b);
    wakers_posted(self.slot, w.call.address, &what, w.call.frame);
    hold_wait(self.slot, b, HOLD_AS(KIND_BARRIER, 0), w.call.site, w.call.frame);
    bool over = sync_point_over(w.call.address);
    if (!over)
        sync_point_arrives(w.call.address);
    int result = glibc_is_last_at(b) ? real.pthread_barrier_wait(b) : wait_run(&w);
    if (!over && self_watched() != NULL)
        sync_point_waited(w.call.address);
    return result;
}

EXPORT int pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *attributes, unsigned count)
{
    int shared = PTHREAD_PROCESS_PRIVATE;
    const struct lifecycle l = lifecycle_init(b, KIND_BARRIER);
    int result = real.pthread_barrier_init(b, attributes, count);
    if (attributes != NULL)
        pthread_barrierattr_getpshared(attributes, &shared);
    const struct lock_traits known = {.kind = KIND_BARRIER,
                                      .value = count,
                                      .site = CALL_SITE,
                                      .traits =
                                          TRAIT_VALUE_KNOWN | (shared == PTHREAD_PROCESS_SHARED ? TRAIT_SHARED : 0)};
    return lifecycle_initialised(l, result, &known);
}

static int destroy(void *barrier)
{
    return real.pthread_barrier_destroy(barrier);
}

EXPORT int pthread_barrier_destroy(pthread_barrier_t *b)
{
    return lifecycle_destroy_waiting(b, KIND_BARRIER, destroy);
}
