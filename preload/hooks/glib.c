/*
 * GLib's locks: GMutex and GCond, which are futexes of its own, and what runs once. Its libraries and programs come
 * here; what libglib itself does with them does not.
 *
 * A GMutex is a word: 0 free, 1 locked, 2 locked and perhaps waited for (glib/gthread-posix.c, since 2.36). That is
 * verified for each copy when it is met; then the common case is done here.
 */
#include "preload/hooks/glib.h"
#include "preload/hooks/hooks.h"
#include "preload/os/inlined.h"
#include "preload/wait/wakers.h"

static const char names[] =
#define GLIB(result, name, parameters) #name "\0"
#include "preload/os/toolkits.def"
    ;
_Static_assert(sizeof(struct glib) <= sizeof(((struct toolkit_copy *)0)->call),
               "a copy has room for all of GLib's calls");

struct toolkit glib_toolkit;

/* What all copies have. */
static void allow(void)
{
    uint32_t all = UINT32_MAX, copies = glib_toolkit.copies;
    for (uint32_t i = 0; i < copies; i++)
        all &= glib_toolkit.copy[i].seen;
    fork_guard_allow(copies != 0 ? all : 0);
}

void glib_see(const struct glib *g, enum fork_guard_toolkit what)
{
    for (uint32_t i = 0; i < glib_toolkit.copies; i++)
        if ((const void *)glib_toolkit.copy[i].call == g)
            glib_toolkit.copy[i].seen |= 1u << what;
    allow();
}

static void found(const struct toolkit_copy *copy)
{
    const struct glib *g = (const struct glib *)(const void *)copy->call;
    _Alignas(8) int word[2] = {0, 0};
    g->g_mutex_lock(word);
    bool good = word[0] == 1 && word[1] == 0;
    g->g_mutex_unlock(word);
    if (good && word[0] == 0 && word[1] == 0)
        glib_see(g, GUARD_FUTEXES);
    else
        allow();
}

/* Where there is no such function nobody can have called it, and nothing is done. */
void *const *glib_find(uint64_t site)
{
    static void *const none[TOOLKIT_CALLS];
    const struct toolkit_names all = {names, found};
    void *const *calls = toolkit_find(&glib_toolkit, &all, site);
    return calls != NULL ? calls : none;
}

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

/* `call`: as held_lock.call has it. */
ALWAYS_INLINE void mutex_lock_inlined(int *m, struct thread *t, uint64_t call, uint64_t site, uint64_t frame)
{
    if (unlikely(!mutex_lock_free(m))) {
        mutex_lock_slowly(m, site, frame);
        return;
    }
    recent_locks_note((uint64_t)(uintptr_t)m, HOLD_AS(KIND_GMUTEX, 0));
    hold_push(t, (uint64_t)(uintptr_t)m, call | hold_bits(HOLD_AS(KIND_GMUTEX, 0)), frame);
}

/* For a caller that keeps a frame pointer. */
__attribute__((noinline)) static void mutex_lock_framed(int *m, uint64_t site, uint64_t frame, struct thread *t)
{
    uint64_t call;
    if (callers_find(site, frame, arch_frame_pointer(), &call))
        mutex_lock_inlined(m, t, call, site, frame);
    else
        mutex_lock_slowly(m, site, frame);
}

void toolkit_g_mutex_lock(int *m)
{
    struct thread *t = self_if(&fork_guard.toolkit[GUARD_FUTEXES]);
    if (unlikely(t == NULL))
        mutex_lock_slowly(m, CALL_SITE, CALL_FRAME);
    else if (callers_framed(CALL_FRAME))
        mutex_lock_framed(m, CALL_SITE, CALL_FRAME, t);
    else
        mutex_lock_inlined(m, t, CALL_SITE, CALL_SITE, CALL_FRAME);
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
    struct thread *t = self_if(&fork_guard.toolkit[GUARD_FUTEXES]);
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

TOOLKIT_EXPORT(g_mutex_lock, "LOCKWATCH");
TOOLKIT_EXPORT(g_mutex_trylock, "LOCKWATCH");
TOOLKIT_EXPORT(g_mutex_unlock, "LOCKWATCH");
TOOLKIT_EXPORT(g_mutex_init, "LOCKWATCH");
TOOLKIT_EXPORT(g_mutex_clear, "LOCKWATCH");

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

TOOLKIT_EXPORT(g_cond_wait, "LOCKWATCH");
TOOLKIT_EXPORT(g_cond_wait_until, "LOCKWATCH");
TOOLKIT_EXPORT(g_cond_timed_wait, "LOCKWATCH");
TOOLKIT_EXPORT(g_cond_signal, "LOCKWATCH");
TOOLKIT_EXPORT(g_cond_broadcast, "LOCKWATCH");
GLIB_LIFE(g_cond, KIND_GCOND);

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

TOOLKIT_EXPORT(g_once_impl, "LOCKWATCH");
TOOLKIT_EXPORT(g_once_init_enter, "LOCKWATCH");
TOOLKIT_EXPORT(g_once_init_leave, "LOCKWATCH");
