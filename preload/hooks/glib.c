/*
 * GLib's locks: GMutex and GCond, which are futexes of its own, GRecMutex and GRWLock, which lead to locks of pthreads,
 * and what runs once. Its libraries and programs come here; what libglib itself does with them does not.
 *
 * A GMutex is a word: 0 free, 1 locked, 2 locked and perhaps waited for (glib/gthread-posix.c, since 2.36). That is
 * verified for each copy when it is met; then the common case is done here.
 */
#include "preload/hooks/hooks.h"
#include "preload/hooks/toolkit.h"
#include "preload/os/inlined.h"
#include "preload/wait/wakers.h"

struct glib {
#define GLIB(result, name, parameters) result(*name) parameters;
#include "preload/os/toolkits.def"
};

static const char names[] =
#define GLIB(result, name, parameters) #name "\0"
#include "preload/os/toolkits.def"
    ;
_Static_assert(sizeof(struct glib) <= sizeof(((struct toolkit_copy *)0)->call),
               "a copy has room for all of GLib's calls");

#define GLIB(result, name, parameters)                                                                                 \
    EXPORT result toolkit_##name parameters;                                                                           \
    TOOLKIT_EXPORT(name, "LOCKWATCH");
#include "preload/os/toolkits.def"

static void found(const struct toolkit_copy *copy)
{
    const struct glib *g = (const struct glib *)(const void *)copy->call;
    _Alignas(8) int word[2] = {0, 0};
    g->g_mutex_lock(word);
    bool good = word[0] == 1 && word[1] == 0;
    g->g_mutex_unlock(word);
    static bool all = true;
    all = all && good && word[0] == 0 && word[1] == 0;
    fork_guard_futexes = all;
    fork_guard.futexes = all ? fork_guard.inlined : 0;
}

static struct toolkit toolkit;

/* Where there is no such function nobody can have called it, and nothing is done. */
__attribute__((noinline)) static void *const *find(uint64_t site)
{
    static void *const none[TOOLKIT_CALLS];
    const struct toolkit_names all = {names, found};
    void *const *calls = toolkit_find(&toolkit, &all, site);
    return calls != NULL ? calls : none;
}

ALWAYS_INLINE const struct glib *glib(uint64_t site)
{
    void *const *calls = toolkit_known(&toolkit, site);
    return (const struct glib *)(const void *)(calls != NULL ? calls : find(site));
}

/* A condition of who has come here without GLib, or with one that lacks the call. */
#define CALL_OR_LEAVE(call, otherwise)                                                                                 \
    if (unlikely((call) == NULL))                                                                                      \
    return otherwise

/* --- GMutex --- */

ALWAYS_INLINE bool mutex_lock_free(int *m)
{
    int free = 0;
    return __atomic_compare_exchange_n(m, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

__attribute__((noinline)) static void mutex_lock_slowly(int *m, uint64_t site, uint64_t frame)
{
    const struct call c = {(uint64_t)(uintptr_t)m, KIND_GMUTEX, site, frame};
    const struct glib *g = glib(site);
    CALL_OR_LEAVE(g->g_mutex_lock, );
    if (thread_watched() == NULL)
        g->g_mutex_lock(m);
    else
        toolkit_lock(&c, 0, (toolkit_try *)g->g_mutex_trylock, (toolkit_call *)g->g_mutex_lock, false);
}

void toolkit_g_mutex_lock(int *m)
{
    struct thread *t = self_if(&fork_guard.futexes);
    if (unlikely(t == NULL) || callers_framed(CALL_FRAME) || unlikely(!mutex_lock_free(m))) {
        mutex_lock_slowly(m, CALL_SITE, CALL_FRAME);
        return;
    }
    recent_locks_note((uint64_t)(uintptr_t)m, HOLD_AS(KIND_GMUTEX, 0));
    hold_push(t, (uint64_t)(uintptr_t)m, CALL_SITE | hold_bits(HOLD_AS(KIND_GMUTEX, 0)), CALL_FRAME);
}

int toolkit_g_mutex_trylock(int *m)
{
    const struct call c = CALL_ABOUT(m, KIND_GMUTEX);
    const struct glib *g = glib(c.site);
    CALL_OR_LEAVE(g->g_mutex_trylock, 0);
    if (thread_watched() == NULL)
        return g->g_mutex_trylock(m);
    return toolkit_trylock(&c, 0, (toolkit_try *)g->g_mutex_trylock);
}

/* A mutex that was free: GLib ends the program, and says why. */
__attribute__((noinline)) static void mutex_unlock_slowly(int *m, uint64_t site, uint64_t frame)
{
    const struct call c = {(uint64_t)(uintptr_t)m, KIND_GMUTEX, site, frame};
    const struct glib *g = glib(site);
    CALL_OR_LEAVE(g->g_mutex_unlock, );
    if (thread_watched() != NULL)
        toolkit_releases(&c, *m == 0);
    g->g_mutex_unlock(m);
}

__attribute__((noinline)) static void mutex_unlocked(int *m, int before, uint64_t site, uint64_t frame)
{
    if (before == 0)
        mutex_unlock_slowly(m, site, frame);
    else
        inlined_mutex_wake((pthread_mutex_t *)(void *)m);
}

void toolkit_g_mutex_unlock(int *m)
{
    struct thread *t = self_if(&fork_guard.futexes);
    if (unlikely(t == NULL) || unlikely(!hold_pop(t, m))) {
        mutex_unlock_slowly(m, CALL_SITE, CALL_FRAME);
        return;
    }
    int before = __atomic_exchange_n(m, 0, __ATOMIC_RELEASE);
    if (unlikely(before != 1))
        mutex_unlocked(m, before, CALL_SITE, CALL_FRAME);
}

void toolkit_g_mutex_init(int *m)
{
    const struct call c = CALL_ABOUT(m, KIND_GMUTEX);
    const struct glib *g = glib(c.site);
    CALL_OR_LEAVE(g->g_mutex_init, );
    g->g_mutex_init(m);
    toolkit_initialised(&c);
}

/* A mutex that is locked: GLib ends the program. */
void toolkit_g_mutex_clear(int *m)
{
    const struct glib *g = glib(CALL_SITE);
    CALL_OR_LEAVE(g->g_mutex_clear, );
    g->g_mutex_clear(m);
    lock_end((uint64_t)(uintptr_t)m);
}

/* --- GCond --- */

struct condition_call {
    const struct glib *glib;
    void *condition;
    int *mutex;
    int64_t end_time;
    void *time; /* of g_cond_timed_wait */
    bool timed;
};

static int condition_wait_really(void *argument)
{
    const struct condition_call *x = argument;
    int signalled = 1;
    struct thread *const slot = self.slot;
    self.slot = NULL;
    if (!x->timed)
        x->glib->g_cond_wait(x->condition, x->mutex);
    else if (x->time != NULL)
        signalled = x->glib->g_cond_timed_wait(x->condition, x->mutex, x->time);
    else
        signalled = x->glib->g_cond_wait_until(x->condition, x->mutex, x->end_time);
    self.slot = slot;
    return signalled ? 0 : ETIMEDOUT;
}

ALWAYS_INLINE int condition_wait(struct condition_call *x, uint64_t site, uint64_t frame)
{
    if (unlikely(thread_watched() == NULL))
        return condition_wait_really(x) == 0;
    const struct wait w = {.call = {(uint64_t)(uintptr_t)x->condition, KIND_GCOND, site, frame},
                           .how = x->timed ? WANT_TIMED : 0,
                           .cond_mutex = (uint64_t)(uintptr_t)x->mutex,
                           .block = condition_wait_really,
                           .argument = x};
    bool held = hold_release(self.slot, x->mutex);
    if (unlikely(!held))
        misuse_wait_without_toolkit(&w.call, w.cond_mutex, *x->mutex == 0);
    hold_wait(self.slot, x->condition, HOLD_AS(KIND_GCOND, x->timed ? HOW_TIMED : 0), site, frame);
    int result = wait_run(&w);
    if (self_watched() != NULL && held)
        hold_acquire(self.slot, x->mutex, HOLD_AS(KIND_GMUTEX, 0), site, frame);
    return result == 0;
}

void toolkit_g_cond_wait(void *condition, int *mutex)
{
    struct condition_call x = {.glib = glib(CALL_SITE), .condition = condition, .mutex = mutex};
    CALL_OR_LEAVE(x.glib->g_cond_wait, );
    condition_wait(&x, CALL_SITE, CALL_FRAME);
}

int toolkit_g_cond_wait_until(void *condition, int *mutex, int64_t end_time)
{
    struct condition_call x = {
        .glib = glib(CALL_SITE), .condition = condition, .mutex = mutex, .end_time = end_time, .timed = true};
    CALL_OR_LEAVE(x.glib->g_cond_wait_until, 0);
    return condition_wait(&x, CALL_SITE, CALL_FRAME);
}

/* Without a time it waits for good. */
int toolkit_g_cond_timed_wait(void *condition, int *mutex, void *time)
{
    struct condition_call x = {
        .glib = glib(CALL_SITE), .condition = condition, .mutex = mutex, .time = time, .timed = time != NULL};
    CALL_OR_LEAVE(x.glib->g_cond_timed_wait, 0);
    return condition_wait(&x, CALL_SITE, CALL_FRAME);
}

ALWAYS_INLINE void condition_signalled(void *condition, uint64_t site, uint64_t frame)
{
    const struct lock_traits what = {.kind = KIND_GCOND, .site = site};
    if (likely(thread_watched() != NULL))
        wakers_posted(self.slot, (uint64_t)(uintptr_t)condition, &what, frame);
}

void toolkit_g_cond_signal(void *condition)
{
    const struct glib *g = glib(CALL_SITE);
    CALL_OR_LEAVE(g->g_cond_signal, );
    condition_signalled(condition, CALL_SITE, CALL_FRAME);
    if (self_watched() != NULL)
        toolkit_closed(g->g_cond_signal, condition);
    else
        g->g_cond_signal(condition);
}

void toolkit_g_cond_broadcast(void *condition)
{
    const struct glib *g = glib(CALL_SITE);
    CALL_OR_LEAVE(g->g_cond_broadcast, );
    condition_signalled(condition, CALL_SITE, CALL_FRAME);
    if (self_watched() != NULL)
        toolkit_closed(g->g_cond_broadcast, condition);
    else
        g->g_cond_broadcast(condition);
}

/* --- what is initialised and cleared alike --- */

#define LIFE(prefix, kind)                                                                                             \
    void toolkit_##prefix##_init(void *object)                                                                         \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(object, kind);                                                                \
        const struct glib *g = glib(c.site);                                                                           \
        CALL_OR_LEAVE(g->prefix##_init, );                                                                             \
        life(g->prefix##_init, object);                                                                                \
        toolkit_initialised(&c);                                                                                       \
    }                                                                                                                  \
    void toolkit_##prefix##_clear(void *object)                                                                        \
    {                                                                                                                  \
        const struct glib *g = glib(CALL_SITE);                                                                        \
        CALL_OR_LEAVE(g->prefix##_clear, );                                                                            \
        life(g->prefix##_clear, object);                                                                               \
        lock_end((uint64_t)(uintptr_t)object);                                                                         \
    }

static void life(toolkit_call *really, void *object)
{
    if (self_watched() != NULL)
        toolkit_closed(really, object);
    else
        really(object);
}

LIFE(g_cond, KIND_GCOND)
LIFE(g_rec_mutex, KIND_GRECMUTEX)
LIFE(g_rw_lock, KIND_GRWLOCK)

/* --- GRecMutex --- */

void toolkit_g_rec_mutex_lock(void *m)
{
    const struct call c = CALL_ABOUT(m, KIND_GRECMUTEX);
    const struct glib *g = glib(c.site);
    CALL_OR_LEAVE(g->g_rec_mutex_lock, );
    if (thread_watched() == NULL)
        g->g_rec_mutex_lock(m);
    else if (toolkit_again(c.address))
        toolkit_closed(g->g_rec_mutex_lock, m);
    else
        toolkit_lock(&c, 0, g->g_rec_mutex_trylock, g->g_rec_mutex_lock, false);
}

int toolkit_g_rec_mutex_trylock(void *m)
{
    const struct call c = CALL_ABOUT(m, KIND_GRECMUTEX);
    const struct glib *g = glib(c.site);
    CALL_OR_LEAVE(g->g_rec_mutex_trylock, 0);
    if (thread_watched() == NULL)
        return g->g_rec_mutex_trylock(m);
    if (!toolkit_again(c.address))
        return toolkit_trylock(&c, 0, g->g_rec_mutex_trylock);
    self.slot = NULL;
    int locked = g->g_rec_mutex_trylock(m);
    self.slot = self.own;
    return locked;
}

void toolkit_g_rec_mutex_unlock(void *m)
{
    const struct call c = CALL_ABOUT(m, KIND_GRECMUTEX);
    const struct glib *g = glib(c.site);
    CALL_OR_LEAVE(g->g_rec_mutex_unlock, );
    if (thread_watched() == NULL) {
        g->g_rec_mutex_unlock(m);
        return;
    }
    if (!toolkit_not_last(c.address))
        toolkit_releases(&c, false);
    toolkit_closed(g->g_rec_mutex_unlock, m);
}

/* --- GRWLock --- */

#define RWLOCK(side, how)                                                                                              \
    void toolkit_g_rw_lock_##side##_lock(void *l)                                                                      \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, KIND_GRWLOCK);                                                             \
        const struct glib *g = glib(c.site);                                                                           \
        CALL_OR_LEAVE(g->g_rw_lock_##side##_lock, );                                                                   \
        if (thread_watched() == NULL)                                                                                  \
            g->g_rw_lock_##side##_lock(l);                                                                             \
        else                                                                                                           \
            toolkit_lock(&c, how, g->g_rw_lock_##side##_trylock, g->g_rw_lock_##side##_lock, false);                   \
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
    void toolkit_g_rw_lock_##side##_unlock(void *l)                                                                    \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, KIND_GRWLOCK);                                                             \
        const struct glib *g = glib(c.site);                                                                           \
        CALL_OR_LEAVE(g->g_rw_lock_##side##_unlock, );                                                                 \
        if (thread_watched() == NULL) {                                                                                \
            g->g_rw_lock_##side##_unlock(l);                                                                           \
            return;                                                                                                    \
        }                                                                                                              \
        toolkit_releases(&c, false);                                                                                   \
        toolkit_closed(g->g_rw_lock_##side##_unlock, l);                                                               \
    }

RWLOCK(writer, 0)
RWLOCK(reader, HOW_SHARED)

/* --- what runs once --- */

struct once_call {
    struct call call;
    const struct glib *glib;
    void *(*routine)(void *);
    void *argument;
    void *result;
    struct wait_under_way *waiting;
};

/* In place of the program's routine. */
static void *run_routine(void *once)
{
    struct once_call *o = once;
    wait_over_early(o->waiting);
    self.slot = self.own;
    toolkit_acquired(&o->call, 0);
    void *result = o->routine(o->argument);
    if (self_watched() != NULL)
        hold_release(self.slot, (const void *)(uintptr_t)o->call.address);
    return result;
}

static int once_really(void *once)
{
    struct once_call *o = once;
    o->result = o->glib->g_once_impl((void *)(uintptr_t)o->call.address, run_routine, o);
    return 0;
}

/* GOnce begins with its state, which glib/gthread.h shows: 1, the routine runs; 2, it has run. */
void *toolkit_g_once_impl(void *once, void *(*routine)(void *), void *argument)
{
    struct once_call o = {
        .call = CALL_ABOUT(once, KIND_GONCE), .glib = glib(CALL_SITE), .routine = routine, .argument = argument};
    CALL_OR_LEAVE(o.glib->g_once_impl, NULL);
    int state = __atomic_load_n((const int *)once, __ATOMIC_ACQUIRE);
    if (state == 2 || thread_watched() == NULL)
        return o.glib->g_once_impl(once, routine, argument);
    const struct wait w = {.call = o.call, .block = once_really, .argument = &o, .under_way = &o.waiting};
    if (state == 1)
        wait_run(&w);
    else
        once_really(&o);
    return o.result;
}

static int init_enter_really(void *argument)
{
    struct once_call *o = argument;
    self.slot = NULL;
    int enters = o->glib->g_once_init_enter((void *)(uintptr_t)o->call.address);
    self.slot = self.own;
    return enters;
}

/* Whoever is to initialise holds it until it has called g_once_init_leave. */
int toolkit_g_once_init_enter(void *location)
{
    struct once_call o = {.call = CALL_ABOUT(location, KIND_GONCE), .glib = glib(CALL_SITE)};
    CALL_OR_LEAVE(o.glib->g_once_init_enter, 0);
    if (__atomic_load_n((void **)location, __ATOMIC_ACQUIRE) != NULL || thread_watched() == NULL)
        return o.glib->g_once_init_enter(location);
    const struct wait w = {.call = o.call, .block = init_enter_really, .argument = &o};
    bool held = self.slot->held_end != 0 && held_list_find(self.slot, o.call.address) != 0;
    int enters = held || misuse_other_holder(o.call.address) != 0 ? wait_run(&w) : init_enter_really(&o);
    if (enters)
        toolkit_acquired(&o.call, 0);
    return enters;
}

void toolkit_g_once_init_leave(void *location, size_t value)
{
    const struct glib *g = glib(CALL_SITE);
    CALL_OR_LEAVE(g->g_once_init_leave, );
    if (thread_watched() != NULL)
        hold_release(self.slot, location);
    g->g_once_init_leave(location, value);
}
