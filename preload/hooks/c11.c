/*
 * The calls of <threads.h>. In glibc they are those of pthreads with other results, and so they are here: each passes
 * on to the wrapper of the call that it mirrors (preload/os/calls.def, CALL_C11).
 */
#include "preload/hooks/hooks.h"
#include "preload/hooks/lifecycle.h"
#include "preload/process/end_key.h"

static int c11(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case ENOMEM:
        return thrd_nomem;
    case ETIMEDOUT:
        return thrd_timedout;
    case EBUSY:
        return thrd_busy;
    default:
        return thrd_error;
    }
}

static pthread_mutex_t *mutex(mtx_t *m)
{
    return (pthread_mutex_t *)(void *)m;
}

static pthread_cond_t *condition(cnd_t *c)
{
    return (pthread_cond_t *)(void *)c;
}

EXPORT int mtx_lock(mtx_t *m)
{
    return c11(hook_mutex_lock(mutex(m), CALL_SITE, CALL_FRAME));
}

EXPORT int mtx_trylock(mtx_t *m)
{
    return c11(hook_mutex_trylock(mutex(m), CALL_SITE, CALL_FRAME));
}

EXPORT int mtx_timedlock(mtx_t *m, const struct timespec *time)
{
    return c11(hook_mutex_timedlock(mutex(m), time, CALL_SITE, CALL_FRAME));
}

EXPORT int mtx_unlock(mtx_t *m)
{
    return c11(hook_mutex_unlock(mutex(m), CALL_SITE, CALL_FRAME));
}

EXPORT int mtx_init(mtx_t *m, int type)
{
    const struct lifecycle l = lifecycle_init(m, KIND_MUTEX);
    return lifecycle_initialised(l, real.mtx_init(m, type), NULL);
}

EXPORT void mtx_destroy(mtx_t *m)
{
    const struct lifecycle l = lifecycle_destroy(m, KIND_MUTEX);
    real.mtx_destroy(m);
    lifecycle_destroyed(l, 0);
}

EXPORT int cnd_wait(cnd_t *c, mtx_t *m)
{
    return c11(hook_cond_wait(condition(c), mutex(m), NULL, CALL_SITE, CALL_FRAME));
}

EXPORT int cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *time)
{
    return c11(hook_cond_wait(condition(c), mutex(m), time, CALL_SITE, CALL_FRAME));
}

EXPORT int cnd_signal(cnd_t *c)
{
    return c11(hook_cond_signal(condition(c), false, CALL_SITE, CALL_FRAME));
}

EXPORT int cnd_broadcast(cnd_t *c)
{
    return c11(hook_cond_signal(condition(c), true, CALL_SITE, CALL_FRAME));
}

EXPORT int cnd_init(cnd_t *c)
{
    const struct lifecycle l = lifecycle_init(c, KIND_CONDITION);
    return lifecycle_initialised(l, real.cnd_init(c), NULL);
}

static int destroy(void *condition)
{
    real.cnd_destroy(condition);
    return 0;
}

EXPORT void cnd_destroy(cnd_t *c)
{
    lifecycle_destroy_waiting(c, KIND_CONDITION, destroy);
}

EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
    const struct creation c = {.thread = thread,
                               .routine = (uint64_t)(uintptr_t)routine,
                               .argument = argument,
                               .site = CALL_SITE,
                               .frame = CALL_FRAME,
                               .c11 = true};
    return hook_create(&c);
}

EXPORT int thrd_join(thrd_t thread, int *result)
{
    void *value = NULL;
    int error = hook_join(thread, &value, CALL_SITE, CALL_FRAME);
    if (result != NULL && error == 0)
        *result = (int)(intptr_t)value;
    return c11(error);
}

EXPORT int thrd_detach(thrd_t thread)
{
    return c11(hook_detach(thread));
}

EXPORT int tss_create(tss_t *key, tss_dtor_t destructor)
{
    end_key_of_program(destructor);
    int result = real.tss_create(key, destructor);
    return result != thrd_success && end_key_release() ? real.tss_create(key, destructor) : result;
}
