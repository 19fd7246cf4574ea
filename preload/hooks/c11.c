/*
 * The calls of <threads.h>. In glibc they are those of pthreads with other error numbers; a thread's routine gives an
 * int.
 */
#include "preload/hold/epoch.h"
#include "preload/hold/hold.h"
#include "preload/hold/phase.h"
#include "preload/hooks/hooks.h"
#include "preload/lock/lock.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/process/end_key.h"
#include "preload/store/recording.h"
#include "preload/thread/thread.h"

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
    return c11(hook_mutex_unlock(mutex(m), CALL_FRAME));
}

EXPORT int mtx_init(mtx_t *m, int type)
{
    bool odd = glibc_is_plausible(KIND_MUTEX, (uint64_t)(uintptr_t)m);
    real_find();
    if (unlikely(odd))
        misuse_init(&CALL_ABOUT(m, KIND_MUTEX));
    int result = real.mtx_init(m, type);
    if (result == thrd_success) {
        if (unlikely(odd))
            misuse_over(&CALL_ABOUT(m, KIND_MUTEX));
        lock_begin((uint64_t)(uintptr_t)m, CALL_SITE);
    }
    return result;
}

EXPORT void mtx_destroy(mtx_t *m)
{
    bool odd = mutex(m)->__data.__lock != 0 || mutex(m)->__data.__nusers != 0;
    real_find();
    if (unlikely(odd))
        misuse_destroy(&CALL_ABOUT(m, KIND_MUTEX));
    real.mtx_destroy(m);
    lock_end((uint64_t)(uintptr_t)m);
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
    bool odd = glibc_is_waited(KIND_CONDITION, (uint64_t)(uintptr_t)c);
    real_find();
    if (unlikely(odd))
        misuse_init(&CALL_ABOUT(c, KIND_CONDITION));
    int result = real.cnd_init(c);
    if (result == thrd_success)
        lock_begin((uint64_t)(uintptr_t)c, CALL_SITE);
    return result;
}

EXPORT void cnd_destroy(cnd_t *c)
{
    hook_cond_destroy(condition(c), CALL_SITE, CALL_FRAME);
}

/* As preload/hooks/thread.c has it for pthreads. */
static __attribute__((noinline)) int run_to_the_end(thrd_start_t routine, void *argument)
{
    int value;
    pthread_cleanup_push(end_key_early, NULL);
    value = routine(argument);
    pthread_cleanup_pop(1);
    return value;
}

/* Its stack is as large as the system has it: megabytes, more than anyone asks for. */
static int run(void *slot)
{
    enum { STACK = 1 << 20 };
    uint32_t id = (uint32_t)(uintptr_t)slot;
    const struct thread *t = thread_at(id);
    thrd_start_t routine = (thrd_start_t)(uintptr_t)t->routine;
    void *argument = (void *)(uintptr_t)t->argument;
    thread_begin(id, CALL_FRAME, STACK);
    return likely(thread_end_is_watched()) ? routine(argument) : run_to_the_end(routine, argument);
}

EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
    if (unlikely(thread_watched() == NULL))
        return real.thrd_create(thread, routine, argument);
    int error = self_enter();
    uint32_t id = 0;
    if (recording_ready()) {
        hold_settle(self.own); /* who waits for what the child of a fork inherited must find it */
        id = thread_get((uint64_t)(uintptr_t)routine, (uint64_t)(uintptr_t)argument, false, epoch_point());
    }
    int result;
    if (id == 0)
        result = real.thrd_create(thread, routine, argument);
    else {
        uint32_t serial = thread_at(id)->serial;
        result = real.thrd_create(thread, run, (void *)(uintptr_t)id);
        if (result != thrd_success)
            thread_put_back(id);
        else
            thread_set_handle(id, serial, *thread);
        epoch_part();
        recent_locks_part();
        if (result == thrd_success)
            phase_made();
    }
    self_leave(error);
    return result;
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
    real_find();
    int result = real.tss_create(key, destructor);
    return result != thrd_success && end_key_release() ? real.tss_create(key, destructor) : result;
}
