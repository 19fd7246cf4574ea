/*
 * The locks of Qt 5, QMutex and QReadWriteLock, by their mangled names. Qt 6 has the common case inline in its callers:
 * there who holds a lock is not known, but a wait shows by its futex.
 *
 * Whether one is recursive is not asked: an acquisition that succeeded while the thread held the lock is one more.
 */
#include "preload/hooks/toolkit.h"

struct qt {
#define QT(result, name, parameters) result(*name) parameters;
#include "preload/os/toolkits.def"
};

static const char names[] =
#define QT(result, name, parameters) #name "\0"
#include "preload/os/toolkits.def"
    ;
_Static_assert(sizeof(struct qt) <= sizeof(((struct toolkit_copy *)0)->call), "a copy has room for Qt's calls");

#define QT(result, name, parameters)                                                                                   \
    EXPORT result toolkit_##name parameters;                                                                           \
    TOOLKIT_EXPORT(name, "Qt_5");
#include "preload/os/toolkits.def"

static struct toolkit toolkit;

__attribute__((noinline)) static void *const *find(uint64_t site)
{
    static void *const none[TOOLKIT_CALLS];
    const struct toolkit_names all = {names, NULL};
    void *const *calls = toolkit_find(&toolkit, &all, site);
    return calls != NULL ? calls : none;
}

ALWAYS_INLINE const struct qt *qt(uint64_t site)
{
    void *const *calls = toolkit_known(&toolkit, site);
    return (const struct qt *)(const void *)(calls != NULL ? calls : find(site));
}

/* What a wrapper calls: one that waits as long as it takes, one that does not wait, and one that waits for some time.
 */
struct steps {
    toolkit_call *lock;
    bool (*try)(void *);
    bool (*timed)(void *, int);
};

ALWAYS_INLINE bool try_now(const struct steps *s, void *object)
{
    self.slot = NULL;
    bool locked = s->try != NULL ? s->try(object) : s->timed(object, 0);
    self.slot = self.own;
    return locked;
}

ALWAYS_INLINE void acquired(const struct call *c, uint32_t how)
{
    if (self_watched() != NULL && !toolkit_again(c->address))
        toolkit_acquired(c, how);
}

ALWAYS_INLINE void lock(const struct steps *s, const struct call *c, uint32_t how)
{
    void *object = (void *)(uintptr_t)c->address;
    struct toolkit_step step = {s->lock, object};
    const struct wait w = {
        .call = *c, .how = (how & HOW_SHARED) != 0 ? WANT_SHARED : 0, .block = toolkit_block, .argument = &step};
    if (unlikely(s->lock == NULL))
        return;
    if (thread_watched() == NULL) {
        s->lock(object);
        return;
    }
    if ((s->try == NULL && s->timed == NULL) || !try_now(s, object))
        wait_run(&w);
    acquired(c, how);
}

struct timed_step {
    bool (*timed)(void *, int);
    void *object;
    int time;
};

static int block_for(void *step)
{
    const struct timed_step *s = step;
    self.slot = NULL;
    bool locked = s->timed(s->object, s->time);
    self.slot = self.own;
    return locked ? 0 : ETIMEDOUT;
}

/* Without a time it does not wait; with a negative one as long as it takes. */
ALWAYS_INLINE bool try_for(const struct steps *s, const struct call *c, int time, uint32_t how)
{
    struct timed_step step = {s->timed, (void *)(uintptr_t)c->address, time};
    const uint32_t shared = (how & HOW_SHARED) != 0 ? WANT_SHARED : 0;
    const struct wait w = {
        .call = *c, .how = (uint16_t)(shared | (time > 0 ? WANT_TIMED : 0)), .block = block_for, .argument = &step};
    if (unlikely(s->timed == NULL))
        return false;
    if (thread_watched() == NULL)
        return s->timed(step.object, time);
    if (!try_now(s, step.object) && (time == 0 || wait_run(&w) != 0))
        return false;
    acquired(c, how | (time == 0 ? HOW_TRIED : time > 0 ? HOW_TIMED : 0));
    return true;
}

ALWAYS_INLINE void unlock(toolkit_call *really, const struct call *c)
{
    if (unlikely(really == NULL))
        return;
    if (thread_watched() != NULL && !toolkit_not_last(c->address))
        toolkit_releases(c, false);
    really((void *)(uintptr_t)c->address);
}

/* --- QMutex --- */

void toolkit__ZN6QMutex4lockEv(void *m)
{
    const struct qt *q = qt(CALL_SITE);
    const struct steps s = {.lock = q->_ZN6QMutex4lockEv, .timed = q->_ZN6QMutex7tryLockEi};
    lock(&s, &CALL_ABOUT(m, KIND_QMUTEX), 0);
}

bool toolkit__ZN6QMutex7tryLockEi(void *m, int time)
{
    const struct steps s = {.timed = qt(CALL_SITE)->_ZN6QMutex7tryLockEi};
    return try_for(&s, &CALL_ABOUT(m, KIND_QMUTEX), time, 0);
}

void toolkit__ZN6QMutex6unlockEv(void *m)
{
    unlock(qt(CALL_SITE)->_ZN6QMutex6unlockEv, &CALL_ABOUT(m, KIND_QMUTEX));
}

/* --- QReadWriteLock --- */

#define SIDE(lock_name, try_name, timed_name, shared)                                                                  \
    void toolkit_##lock_name(void *l)                                                                                  \
    {                                                                                                                  \
        const struct qt *q = qt(CALL_SITE);                                                                            \
        const struct steps s = {.lock = q->lock_name, .try = q->try_name, .timed = q->timed_name};                     \
        lock(&s, &CALL_ABOUT(l, KIND_QREADWRITELOCK), shared);                                                         \
    }                                                                                                                  \
    bool toolkit_##try_name(void *l)                                                                                   \
    {                                                                                                                  \
        const struct qt *q = qt(CALL_SITE);                                                                            \
        const struct steps s = {.try = q->try_name, .timed = q->timed_name};                                           \
        return try_for(&s, &CALL_ABOUT(l, KIND_QREADWRITELOCK), 0, shared);                                            \
    }                                                                                                                  \
    bool toolkit_##timed_name(void *l, int time)                                                                       \
    {                                                                                                                  \
        const struct steps s = {.timed = qt(CALL_SITE)->timed_name};                                                   \
        return try_for(&s, &CALL_ABOUT(l, KIND_QREADWRITELOCK), time, shared);                                         \
    }

SIDE(_ZN14QReadWriteLock11lockForReadEv, _ZN14QReadWriteLock14tryLockForReadEv, _ZN14QReadWriteLock14tryLockForReadEi,
     HOW_SHARED)
SIDE(_ZN14QReadWriteLock12lockForWriteEv, _ZN14QReadWriteLock15tryLockForWriteEv,
     _ZN14QReadWriteLock15tryLockForWriteEi, 0)

void toolkit__ZN14QReadWriteLock6unlockEv(void *l)
{
    unlock(qt(CALL_SITE)->_ZN14QReadWriteLock6unlockEv, &CALL_ABOUT(l, KIND_QREADWRITELOCK));
}

/* --- QWaitCondition: a condition of pthreads with a mutex of its own, and meanwhile the caller's lock is released --- */

/* What a thread holds: nothing, exclusively, for reading. */
ALWAYS_INLINE uint32_t let_go(const struct call *c, bool *held)
{
    if (thread_watched() == NULL || self.slot->held_end == 0)
        return 0;
    const uint32_t at = held_list_find(self.slot, c->address);
    if (at == 0)
        return 0;
    const uint32_t how = hold_as(held_list_at(self.slot, at)) >> 16 & HOW_SHARED;
    *held = hold_release(self.slot, (const void *)(uintptr_t)c->address);
    return how;
}

#define WAIT(name, kind)                                                                                               \
    bool toolkit_##name(void *condition, void *object, long time, long more)                                           \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(object, kind);                                                                \
        const struct qt *q = qt(CALL_SITE);                                                                            \
        bool held = false;                                                                                             \
        if (unlikely(q->name == NULL))                                                                                 \
            return false;                                                                                              \
        const uint32_t how = let_go(&c, &held);                                                                        \
        bool woken = q->name(condition, object, time, more);                                                           \
        if (held)                                                                                                      \
            toolkit_acquired(&c, how);                                                                                 \
        return woken;                                                                                                  \
    }

WAIT(_ZN14QWaitCondition4waitEP6QMutexm, KIND_QMUTEX)
WAIT(_ZN14QWaitCondition4waitEP6QMutex14QDeadlineTimer, KIND_QMUTEX)
WAIT(_ZN14QWaitCondition4waitEP14QReadWriteLockm, KIND_QREADWRITELOCK)
WAIT(_ZN14QWaitCondition4waitEP14QReadWriteLock14QDeadlineTimer, KIND_QREADWRITELOCK)

/* --- their ends --- */

#define END(name)                                                                                                      \
    void toolkit_##name(void *object)                                                                                  \
    {                                                                                                                  \
        const struct qt *q = qt(CALL_SITE);                                                                            \
        if (unlikely(q->name == NULL))                                                                                 \
            return;                                                                                                    \
        q->name(object);                                                                                               \
        lock_end((uint64_t)(uintptr_t)object);                                                                         \
    }

END(_ZN6QMutexD1Ev)
END(_ZN6QMutexD2Ev)
END(_ZN14QReadWriteLockD1Ev)
END(_ZN14QReadWriteLockD2Ev)
