/*
 * The spinlock calls. A thread that finds one locked spins here, on libc's own trylock, so that its wait can be
 * recorded.
 */
#include "preload/hold/hold.h"
#include "preload/hooks/lifecycle.h"
#include "preload/misuse/misuse.h"
#include "preload/os/glibc.h"
#include "preload/os/inlined.h"
#include "preload/thread/thread.h"
#include "preload/wait/renewed.h"
#include "preload/wait/wait.h"

static inline int acquired(struct thread *t, int result, pthread_spinlock_t *l, uint32_t how, uint64_t site,
                           uint64_t frame)
{
    if (likely(result == 0 && t != NULL))
        hold_acquire(t, (const void *)(uintptr_t)l, HOLD_AS(KIND_SPINLOCK, how), site, frame);
    else if (result == 0)
        misuse_acquired_unseen();
    return result;
}

static int spin(void *argument)
{
    pthread_spinlock_t *l = argument;
    while (!glibc_is_free_spinlock(l) || real.pthread_spin_trylock(l) != 0)
        arch_relax();
    return 0;
}

/* Most spinning is over soon: a wait is recorded only after a while. */
__attribute__((noinline)) static int lock_slowly(pthread_spinlock_t *l, uint64_t site, uint64_t frame)
{
    enum { SOON = 2000 };
    const struct wait w = {
        .call = {(uint64_t)(uintptr_t)l, KIND_SPINLOCK, site, frame}, .block = spin, .argument = (void *)(uintptr_t)l};
    for (unsigned i = 0; i < SOON; i++) {
        if (glibc_is_free_spinlock(l) && real.pthread_spin_trylock(l) == 0)
            return acquired(self_watched(), 0, l, 0, site, frame);
        arch_relax();
    }
    return acquired(self_watched(), wait_run(&w), l, 0, site, frame);
}

__attribute__((noinline)) static int lock_called(pthread_spinlock_t *l, uint64_t site, uint64_t frame)
{
    struct thread *t = thread_watched();
    if (unlikely(t == NULL))
        return acquired(t, real.pthread_spin_lock(l), l, 0, site, frame);
    int result = real.pthread_spin_trylock(l);
    if (unlikely(result == EBUSY))
        return lock_slowly(l, site, frame);
    return acquired(t, result, l, 0, site, frame);
}

static inline __attribute__((always_inline)) int lock_inlined(pthread_spinlock_t *l, struct thread *t, uint64_t call,
                                                              uint64_t site, uint64_t frame)
{
    const uint64_t address = (uint64_t)(uintptr_t)l;
    const uint32_t as = HOLD_AS(KIND_SPINLOCK, 0);
    if (unlikely(!inlined_spin_lock(l)))
        return lock_called(l, site, frame);
    recent_locks_note(address, as);
    return hold_push(t, address, call | hold_bits(as), frame);
}

/* For a caller that keeps a frame pointer. */
__attribute__((noinline)) static int lock_framed(pthread_spinlock_t *l, uint64_t site, uint64_t frame, struct thread *t)
{
    uint64_t call;
    return callers_find(site, frame, arch_frame_pointer(), &call) ? lock_inlined(l, t, call, site, frame)
                                                                  : lock_called(l, site, frame);
}

EXPORT int pthread_spin_lock(pthread_spinlock_t *l)
{
    struct thread *t = self_inlined();
    if (unlikely(t == NULL))
        return lock_called(l, CALL_SITE, CALL_FRAME);
    if (callers_framed(CALL_FRAME))
        return lock_framed(l, CALL_SITE, CALL_FRAME, t);
    return lock_inlined(l, t, CALL_SITE, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_spin_trylock(pthread_spinlock_t *l)
{
    struct thread *t = thread_watched();
    int result = real.pthread_spin_trylock(l);
    if (unlikely(result == EBUSY))
        renewed_failed(&CALL_ABOUT(l, KIND_SPINLOCK), 0, 0, 0);
    return acquired(t, result, l, HOW_TRIED, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_spin_unlock(pthread_spinlock_t *l)
{
    struct thread *t = self_inlined();
    if (likely(t != NULL) && likely(hold_pop(t, (const void *)(uintptr_t)l))) {
        inlined_spin_unlock(l);
        return 0;
    }
    if (likely(thread_watched() != NULL) && unlikely(!hold_release(self.slot, (const void *)(uintptr_t)l)))
        misuse_unlock(&CALL_ABOUT(l, KIND_SPINLOCK));
    return real.pthread_spin_unlock(l);
}

EXPORT int pthread_spin_init(pthread_spinlock_t *l, int shared)
{
    const struct lock_traits known = {.kind = KIND_SPINLOCK, .traits = TRAIT_SHARED, .site = CALL_SITE};
    const struct lifecycle life = lifecycle_init(l, KIND_SPINLOCK);
    int result = real.pthread_spin_init(l, shared);
    return lifecycle_initialised(life, result, shared == PTHREAD_PROCESS_SHARED ? &known : NULL);
}

EXPORT int pthread_spin_destroy(pthread_spinlock_t *l)
{
    const struct lifecycle life = lifecycle_destroy(l, KIND_SPINLOCK);
    return lifecycle_destroyed(life, real.pthread_spin_destroy(l));
}
