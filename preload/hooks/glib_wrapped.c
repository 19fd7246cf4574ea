/*
 * GRecMutex and GRWLock: a pointer, NULL until it is first used, to a lock of pthreads' that GLib makes. That is seen
 * for each copy of GLib when one is locked; then the common case is done with that lock itself, and how often a thread
 * has acquired it stands there.
 */
#include "preload/hooks/glib.h"
#include "preload/hooks/hooks.h"
#include "preload/os/glibc.h"
#include "preload/os/inlined.h"

enum { TRIES = 16 }; /* looks at a lock that is not as expected */

ALWAYS_INLINE void *behind(const void *lock)
{
    return __atomic_load_n((void *const *)lock, __ATOMIC_ACQUIRE);
}

static bool is_lock(const void *p, size_t size)
{
    uint64_t at = (uint64_t)(uintptr_t)p;
    return at % sizeof(uint64_t) == 0 && glibc_is_readable(at) && glibc_is_readable(at + size - sizeof(uint64_t));
}

/* --- GRecMutex --- */

/* How often the thread holds it. */
static bool is_held(const struct glib *g, const void *m, unsigned times)
{
    const pthread_mutex_t *p = behind(m);
    if (!glib_has_seen(g, GUARD_RECURSIVE))
        return times == 1 ? toolkit_again((uint64_t)(uintptr_t)m) : toolkit_not_last((uint64_t)(uintptr_t)m);
    return p != NULL && inlined_recursive_times(p, self.own->tid) >= times;
}

/* The thread has locked it, for the first time. */
static void see_recursive(const struct glib *g, const void *m)
{
    static _Atomic unsigned tries;
    const pthread_mutex_t *p = behind(m);
    if (glib_has_seen(g, GUARD_RECURSIVE) || tries >= TRIES)
        return;
    tries++;
    if (is_lock(p, sizeof(pthread_mutex_t)) && inlined_is_recursive(p) && !glibc_is_free(p) &&
        inlined_recursive_times(p, self.own->tid) == 1)
        glib_see(g, GUARD_RECURSIVE);
}

__attribute__((noinline)) static void recursive_lock_slowly(void *m, uint64_t site, uint64_t frame)
{
    const struct call c = {(uint64_t)(uintptr_t)m, KIND_GRECMUTEX, site, frame};
    const struct glib *g = glib(site);
    CALL_OR_LEAVE(g->g_rec_mutex_lock, );
    if (thread_watched() == NULL)
        g->g_rec_mutex_lock(m);
    else if (is_held(g, m, 1))
        toolkit_closed(g->g_rec_mutex_lock, m);
    else {
        toolkit_lock(&c, 0, g->g_rec_mutex_trylock, g->g_rec_mutex_lock, false);
        if (self_watched() != NULL)
            see_recursive(g, m);
    }
}

ALWAYS_INLINE void recursive_lock_inlined(void *m, struct thread *t, uint64_t call, uint64_t site, uint64_t frame)
{
    if (unlikely(!inlined_recursive_lock(behind(m), t->tid))) {
        recursive_lock_slowly(m, site, frame);
        return;
    }
    recent_locks_note((uint64_t)(uintptr_t)m, HOLD_AS(KIND_GRECMUTEX, 0));
    hold_push(t, (uint64_t)(uintptr_t)m, call | hold_bits(HOLD_AS(KIND_GRECMUTEX, 0)), frame);
}

__attribute__((noinline)) static void recursive_lock_framed(void *m, uint64_t site, uint64_t frame, struct thread *t)
{
    uint64_t call;
    if (callers_find(site, frame, arch_frame_pointer(), &call))
        recursive_lock_inlined(m, t, call, site, frame);
    else
        recursive_lock_slowly(m, site, frame);
}

void toolkit_g_rec_mutex_lock(void *m)
{
    struct thread *t = self_if(&fork_guard.toolkit[GUARD_RECURSIVE]);
    if (unlikely(t == NULL) || unlikely(behind(m) == NULL)) {
        recursive_lock_slowly(m, CALL_SITE, CALL_FRAME);
        return;
    }
    if (inlined_recursive_again(behind(m), t->tid))
        return;
    if (callers_framed(CALL_FRAME))
        recursive_lock_framed(m, CALL_SITE, CALL_FRAME, t);
    else
        recursive_lock_inlined(m, t, CALL_SITE, CALL_SITE, CALL_FRAME);
}

int toolkit_g_rec_mutex_trylock(void *m)
{
    const struct call c = CALL_ABOUT(m, KIND_GRECMUTEX);
    const struct glib *g = glib(c.site);
    CALL_OR_LEAVE(g->g_rec_mutex_trylock, 0);
    if (thread_watched() == NULL)
        return g->g_rec_mutex_trylock(m);
    if (!is_held(g, m, 1))
        return toolkit_trylock(&c, 0, g->g_rec_mutex_trylock);
    self.slot = NULL;
    int locked = g->g_rec_mutex_trylock(m);
    self.slot = self.own;
    return locked;
}

__attribute__((noinline)) static void recursive_unlock_slowly(void *m, uint64_t site, uint64_t frame)
{
    const struct call c = {(uint64_t)(uintptr_t)m, KIND_GRECMUTEX, site, frame};
    const struct glib *g = glib(site);
    CALL_OR_LEAVE(g->g_rec_mutex_unlock, );
    if (thread_watched() == NULL) {
        g->g_rec_mutex_unlock(m);
        return;
    }
    if (!is_held(g, m, 2))
        toolkit_releases(&c, false);
    toolkit_closed(g->g_rec_mutex_unlock, m);
}

void toolkit_g_rec_mutex_unlock(void *m)
{
    struct thread *t = self_if(&fork_guard.toolkit[GUARD_RECURSIVE]);
    pthread_mutex_t *p = behind(m);
    if (unlikely(t == NULL) || unlikely(p == NULL)) {
        recursive_unlock_slowly(m, CALL_SITE, CALL_FRAME);
        return;
    }
    if (inlined_recursive_leave(p, t->tid))
        return;
    if (unlikely(!inlined_recursive_is_last(p, t->tid)) || unlikely(!hold_pop(t, m))) {
        recursive_unlock_slowly(m, CALL_SITE, CALL_FRAME);
        return;
    }
    if (unlikely(inlined_recursive_unlock(p) != 1))
        inlined_mutex_wake(p);
}

TOOLKIT_EXPORT(g_rec_mutex_lock, "LOCKWATCH");
TOOLKIT_EXPORT(g_rec_mutex_trylock, "LOCKWATCH");
TOOLKIT_EXPORT(g_rec_mutex_unlock, "LOCKWATCH");
GLIB_LIFE(g_rec_mutex, KIND_GRECMUTEX);

/* --- GRWLock --- */

/* The thread has locked it: as a writer, or as the only reader since it was made. */
static void see_rwlock(const struct glib *g, const void *l, uint32_t how)
{
    static _Atomic unsigned tries;
    const pthread_rwlock_t *p = behind(l);
    if (glib_has_seen(g, GUARD_RWLOCKS) || tries >= TRIES)
        return;
    tries++;
    if (is_lock(p, sizeof(pthread_rwlock_t)) && glibc_is_common_rwlock(p) &&
        (how == 0 ? inlined_is_written(p, self.own->tid) : inlined_is_read_first(p)))
        glib_see(g, GUARD_RWLOCKS);
}

ALWAYS_INLINE bool take_for_writer(pthread_rwlock_t *p, const struct thread *t)
{
    return likely(glibc_is_common_rwlock(p)) && likely(inlined_write_lock(p, t->tid));
}

ALWAYS_INLINE bool take_for_reader(pthread_rwlock_t *p, const struct thread *t)
{
    (void)t;
    return likely(inlined_read_lock(p));
}

/* The thread's own, or else GLib is to see to it. libc's call wakes whoever waits. */
ALWAYS_INLINE bool give_by_writer(pthread_rwlock_t *p, struct thread *t, const void *l)
{
    if (unlikely(!hold_pop(t, l)))
        return false;
    real.pthread_rwlock_unlock(p);
    return true;
}

ALWAYS_INLINE bool give_by_reader(pthread_rwlock_t *p, struct thread *t, const void *l)
{
    if (unlikely(!inlined_is_read(p)) || unlikely(!hold_pop(t, l)))
        return false;
    if (unlikely(!inlined_read_unlock(p)))
        real.pthread_rwlock_unlock(p);
    return true;
}

#define RWLOCK(side, how)                                                                                              \
    __attribute__((noinline)) static void side##_lock_slowly(void *l, uint64_t site, uint64_t frame)                   \
    {                                                                                                                  \
        const struct call c = {(uint64_t)(uintptr_t)l, KIND_GRWLOCK, site, frame};                                     \
        const struct glib *g = glib(site);                                                                             \
        CALL_OR_LEAVE(g->g_rw_lock_##side##_lock, );                                                                   \
        if (thread_watched() == NULL) {                                                                                \
            g->g_rw_lock_##side##_lock(l);                                                                             \
            return;                                                                                                    \
        }                                                                                                              \
        toolkit_lock(&c, how, g->g_rw_lock_##side##_trylock, g->g_rw_lock_##side##_lock, false);                       \
        if (self_watched() != NULL)                                                                                    \
            see_rwlock(g, l, how);                                                                                     \
    }                                                                                                                  \
    ALWAYS_INLINE void side##_lock_inlined(void *l, struct thread *t, uint64_t call, uint64_t site, uint64_t frame)    \
    {                                                                                                                  \
        if (unlikely(!take_for_##side(behind(l), t))) {                                                                \
            side##_lock_slowly(l, site, frame);                                                                        \
            return;                                                                                                    \
        }                                                                                                              \
        recent_locks_note((uint64_t)(uintptr_t)l, HOLD_AS(KIND_GRWLOCK, how));                                         \
        hold_push(t, (uint64_t)(uintptr_t)l, call | hold_bits(HOLD_AS(KIND_GRWLOCK, how)), frame);                     \
    }                                                                                                                  \
    __attribute__((noinline)) static void side##_lock_framed(void *l, uint64_t site, uint64_t frame, struct thread *t) \
    {                                                                                                                  \
        uint64_t call;                                                                                                 \
        if (callers_find(site, frame, arch_frame_pointer(), &call))                                                    \
            side##_lock_inlined(l, t, call, site, frame);                                                              \
        else                                                                                                           \
            side##_lock_slowly(l, site, frame);                                                                        \
    }                                                                                                                  \
    void toolkit_g_rw_lock_##side##_lock(void *l)                                                                      \
    {                                                                                                                  \
        struct thread *t = self_if(&fork_guard.toolkit[GUARD_RWLOCKS]);                                                \
        if (unlikely(t == NULL) || unlikely(behind(l) == NULL))                                                        \
            side##_lock_slowly(l, CALL_SITE, CALL_FRAME);                                                              \
        else if (callers_framed(CALL_FRAME))                                                                           \
            side##_lock_framed(l, CALL_SITE, CALL_FRAME, t);                                                           \
        else                                                                                                           \
            side##_lock_inlined(l, t, CALL_SITE, CALL_SITE, CALL_FRAME);                                               \
    }                                                                                                                  \
    int toolkit_g_rw_lock_##side##_trylock(void *l)                                                                    \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, KIND_GRWLOCK);                                                             \
        const struct glib *g = glib(c.site);                                                                           \
        CALL_OR_LEAVE(g->g_rw_lock_##side##_trylock, 0);                                                               \
        if (thread_watched() == NULL)                                                                                  \
            return g->g_rw_lock_##side##_trylock(l);                                                                   \
        return toolkit_trylock(&c, how, g->g_rw_lock_##side##_trylock);                                                \
    }                                                                                                                  \
    __attribute__((noinline)) static void side##_unlock_slowly(void *l, uint64_t site, uint64_t frame)                 \
    {                                                                                                                  \
        const struct call c = {(uint64_t)(uintptr_t)l, KIND_GRWLOCK, site, frame};                                     \
        const struct glib *g = glib(site);                                                                             \
        CALL_OR_LEAVE(g->g_rw_lock_##side##_unlock, );                                                                 \
        if (thread_watched() == NULL) {                                                                                \
            g->g_rw_lock_##side##_unlock(l);                                                                           \
            return;                                                                                                    \
        }                                                                                                              \
        toolkit_releases(&c, false);                                                                                   \
        toolkit_closed(g->g_rw_lock_##side##_unlock, l);                                                               \
    }                                                                                                                  \
    void toolkit_g_rw_lock_##side##_unlock(void *l)                                                                    \
    {                                                                                                                  \
        struct thread *t = self_if(&fork_guard.toolkit[GUARD_RWLOCKS]);                                                \
        if (unlikely(t == NULL) || unlikely(behind(l) == NULL) || unlikely(!give_by_##side(behind(l), t, l)))          \
            side##_unlock_slowly(l, CALL_SITE, CALL_FRAME);                                                            \
    }                                                                                                                  \
    TOOLKIT_EXPORT(g_rw_lock_##side##_lock, "LOCKWATCH");                                                              \
    TOOLKIT_EXPORT(g_rw_lock_##side##_trylock, "LOCKWATCH");                                                           \
    TOOLKIT_EXPORT(g_rw_lock_##side##_unlock, "LOCKWATCH")

RWLOCK(writer, 0);
RWLOCK(reader, HOW_SHARED);
GLIB_LIFE(g_rw_lock, KIND_GRWLOCK);
