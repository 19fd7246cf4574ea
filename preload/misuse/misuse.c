#include "preload/misuse/misuse.h"
#include "preload/store/recording.h"

#include "detect/held.h"
#include "preload/hold/hold.h"
#include "preload/misuse/misuse_note.h"
#include "preload/os/futex_sleep.h"
#include "preload/os/glibc.h"
#include "preload/thread/thread.h"

#include <sys/syscall.h>
#include <unistd.h>

static bool acquired_unseen;

void misuse_acquired_unseen(void)
{
    if (!self.over)
        acquired_unseen = true;
}

/* --- which threads use a lock, by the record --- */

/*
 * Of another thread that runs this is true if it was so at some moment during the call. A hold of a lock that was
 * destroyed, or of a semaphore that turned out to be an event semaphore, does not count.
 */
static bool holds(const struct thread *t, uint64_t address)
{
    uint32_t path = held_path(t);
    if (path == 0)
        return held_by_thread(&ours, t, address) && !lock_is_signal(address);
    uint32_t prunings = ours.header->prunings;
    const struct hold *h = record_hold(&ours, held_find(&ours, path, address));
    if (h == NULL || prunings % 2 != 0 || ours.header->prunings != prunings)
        return false;
    const struct lock *l = record_lock(&ours, h->lock);
    return l == NULL || (l->traits & (TRAIT_ENDED | TRAIT_EVENT)) == 0;
}

uint32_t misuse_other_holder(uint64_t address)
{
    uint32_t used = record_used(&ours, TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = thread_at(id);
        if (t != self.own && t->state != THREAD_NONE && (t->traits & THREAD_NOT_FORKED) == 0 && holds(t, address))
            return id;
    }
    return 0;
}

/* Whether the kernel has a thread asleep in its wait, which has this sequence number. */
static bool is_asleep(const struct thread *t, const struct want *want, uint32_t sequence)
{
    enum { LARGEST = 64 };
    return futex_sleep_in(t->tid, (uint16_t)want->kind, want->address, LARGEST) == ASLEEP_THERE &&
           t->sequence == sequence;
}

/* Another thread that waits at a semaphore, condition or barrier; of a mutex: at some condition with it. */
static uint32_t other_waiter(uint16_t kind, uint64_t address)
{
    uint32_t used = record_used(&ours, TABLE_THREADS), sequence;
    struct want want;
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = thread_at(id);
        if (t == self.own || t->state != THREAD_RUNNING || !record_blocked(t, &want, &sequence))
            continue;
        const struct lock *mutex = record_lock(&ours, want.cond_mutex);
        bool here = kind == KIND_MUTEX ? mutex != NULL && mutex->address == address
                                       : want.kind == kind && want.address == address && (want.how & WANT_END) == 0;
        if (here && (kind == KIND_SEMAPHORE || is_asleep(t, &want, sequence)))
            return id;
    }
    return 0;
}

/* --- unlocking --- */

/* `other`: another thread that is involved, or 0. */
static void record_mistake(enum finding_kind kind, const struct call *c, uint32_t other)
{
    misuse_record(&(struct misuse_note){.kind = kind, .call = *c, .other = other});
}

/* Whether the record has all that this thread holds. */
static bool has_all_holds(void)
{
    return !acquired_unseen && (self.own->traits & THREAD_ADOPTED) == 0 &&
           (ours.header == NULL || (ours.header->incomplete & INCOMPLETE_HOLDS) == 0);
}

static bool is_elided(const struct call *c)
{
    return c->kind == KIND_MUTEX && glibc_is_elided((const pthread_mutex_t *)(uintptr_t)c->address);
}

/* Whether a lock of this kind says who holds it. */
static bool bears_owner(const struct call *c)
{
    return c->kind == KIND_MUTEX && glibc_bears_owner((const pthread_mutex_t *)(uintptr_t)c->address);
}

/*
 * In the child of a fork a mutex may have the id of a thread of the parent as its owner, be it the one that forked,
 * whose holds are this thread's: then nothing can be said. A spinlock that no thread holds, but that is not free, was
 * never initialised; some programs initialise theirs by unlocking it.
 */
void misuse_unlock(const struct call *c)
{
    uint32_t owner, other;
    if (is_elided(c) || (!bears_owner(c) && !has_all_holds()))
        return;
    if (!glibc_is_held(c->kind, c->address)) {
        record_mistake(FINDING_UNLOCK_NOT_HELD, c, 0);
        return;
    }
    owner = glibc_owner(c->kind, c->address);
    if (owner == self.own->tid)
        return;
    other = owner != 0 ? thread_by_tid(owner) : 0;
    if (other == 0)
        other = misuse_other_holder(c->address);
    if (other != 0 || (c->kind != KIND_SPINLOCK && (c->kind != KIND_MUTEX || bears_owner(c)) && !recording_forked))
        record_mistake(FINDING_UNLOCK_NOT_OWNER, c, other);
}

/*
 * A toolkit's lock that is free is not held, whoever released it. Where the record does not have all, a thread may have
 * acquired it unseen.
 */
void misuse_unlock_toolkit(const struct call *c, bool free)
{
    const struct lock_traits what = {.kind = c->kind, .site = c->site};
    const uint32_t other = misuse_other_holder(c->address);
    if (other != 0) {
        int error = self_enter();
        uint32_t id = recording_ready() ? lock_get(c->address, &what) : 0;
        if (id != 0)
            lock_add_traits(id, TRAIT_WAKER_UNKNOWN);
        self_leave(error);
    }
    if (has_all_holds() && (free || other != 0))
        record_mistake(free ? FINDING_UNLOCK_NOT_HELD : FINDING_UNLOCK_NOT_OWNER, c, free ? 0 : other);
}

/* --- destroying, initialising --- */

enum user { USER_NONE, USER_SELF, USER_OTHER };

/* In the child of a fork, by the thread that forked: what does not say who owns it says so of neither. */
static bool may_be_inherited(const struct call *c, uint32_t owner)
{
    return recording_forked && owner == 0 && (c->kind == KIND_MUTEX || c->kind == KIND_RWLOCK);
}

/* `confirmed`: the memory may hold anything, so the record must confirm what libc seems to have there. */
static enum user holder(const struct call *c, bool confirmed, uint32_t *other)
{
    uint32_t owner = glibc_owner(c->kind, c->address);
    bool believed = c->kind == KIND_MUTEX && !confirmed;
    if (owner == self.own->tid && believed)
        return USER_SELF;
    if ((owner == self.own->tid || owner == 0) && !may_be_inherited(c, owner) && holds(self.own, c->address))
        return USER_SELF;
    *other = owner != 0 ? thread_by_tid(owner) : 0;
    if (*other != 0)
        return believed || holds(thread_at(*other), c->address) ? USER_OTHER : USER_NONE;
    /* The owner ended, or this kind of lock has none. */
    if ((owner == 0 && !bears_owner(c)) || !confirmed)
        *other = misuse_other_holder(c->address);
    return *other != 0 ? USER_OTHER : USER_NONE;
}

static enum user find_user(const struct call *c, bool confirmed, uint32_t *other)
{
    enum user by = USER_NONE;
    *other = 0;
    if (is_elided(c) || thread_watched() == NULL)
        return USER_NONE;
    if (glibc_is_held(c->kind, c->address))
        by = holder(c, confirmed, other);
    else if (c->kind == KIND_MUTEX ? !confirmed : glibc_is_waited(c->kind, c->address))
        by = (*other = other_waiter(c->kind, c->address)) != 0 ? USER_OTHER : USER_NONE;
    return by;
}

/* Locks that were destroyed while a thread held them: the thread's list does not show that it is no longer the same. */
enum { DESTROYED = 16 };
static _Atomic uint64_t destroyed[DESTROYED];
static _Atomic uint32_t destructions;

void misuse_destroy(const struct call *c)
{
    uint32_t other;
    if (find_user(c, false, &other) == USER_NONE)
        return;
    destroyed[destructions++ % DESTROYED] = c->address;
    record_mistake(FINDING_DESTROY_IN_USE, c, other);
}

static bool is_destroyed(uint64_t address)
{
    for (int i = 0; i < DESTROYED; i++)
        if (destroyed[i] == address)
            return true;
    return false;
}

void misuse_init(const struct call *c)
{
    uint32_t other;
    if (glibc_is_plausible(c->kind, c->address) && find_user(c, true, &other) != USER_NONE)
        record_mistake(FINDING_INIT_IN_USE, c, other);
}

void misuse_drop_holds(const struct call *c)
{
    const void *lock = (const void *)(uintptr_t)c->address;
    while (self_watched() != NULL && hold_release(self.slot, lock))
        ;
}

/* --- locking twice --- */

void misuse_relock(const struct call *c, uint16_t how)
{
    misuse_record(&(struct misuse_note){.kind = FINDING_RELOCK, .call = *c, .how = how});
}

/* --- conditions --- */

static void record_condition_mistake(enum finding_kind kind, const struct call *c, uint64_t mutex, uint32_t other)
{
    misuse_record(&(struct misuse_note){.kind = kind, .call = *c, .cond_mutex = mutex, .other = other});
}

void misuse_wait_without_mutex(const struct call *c, uint64_t mutex)
{
    uint32_t owner = glibc_owner(KIND_MUTEX, mutex);
    uint32_t other = owner != 0 ? thread_by_tid(owner) : 0;
    const pthread_mutex_t *m = (const pthread_mutex_t *)(uintptr_t)mutex;
    if (!glibc_bears_owner(m) && (!has_all_holds() || (!glibc_is_free(m) && (other = misuse_other_holder(mutex)) == 0)))
        return;
    if (owner == self.own->tid || glibc_is_elided(m))
        return;
    if (owner == 0 || other != 0 || !recording_forked)
        record_condition_mistake(FINDING_COND_MUTEX_NOT_HELD, c, mutex, other);
}

void misuse_wait_without_toolkit(const struct call *c, uint64_t mutex, bool free)
{
    uint32_t other = misuse_other_holder(mutex);
    if (has_all_holds() && (free || other != 0))
        record_condition_mistake(FINDING_COND_MUTEX_NOT_HELD, c, mutex, other);
}

/* A thread that has just recorded its wait takes a moment to fall asleep; one that was woken goes on. */
static bool falls_asleep(const struct thread *t, const struct want *want, uint32_t sequence)
{
    enum { LARGEST = 64, TRIES = 10 };
    const struct timespec moment = {0, 200000};
    for (int tries = 0; tries < TRIES && t->sequence == sequence && !glibc_is_signalled(want->address); tries++) {
        enum futex_sleep asleep = futex_sleep_in(t->tid, (uint16_t)want->kind, want->address, LARGEST);
        if (asleep != ASLEEP_NOT)
            return asleep == ASLEEP_THERE && t->sequence == sequence;
        syscall(SYS_nanosleep, &moment, NULL);
    }
    return false;
}

/* Another thread that waits at condition `id`, with another mutex. */
static uint32_t waiter_with_other_mutex(uint32_t id, uint32_t mutex)
{
    uint32_t used = record_used(&ours, TABLE_THREADS), sequence;
    struct want want;
    for (uint32_t i = 1; i < used; i++) {
        const struct thread *t = thread_at(i);
        if (t != self.own && t->state == THREAD_RUNNING && record_blocked(t, &want, &sequence) && want.lock == id &&
            want.cond_mutex != 0 && want.cond_mutex != mutex && falls_asleep(t, &want, sequence))
            return i;
    }
    return 0;
}

void misuse_wait_with_mutex(const struct call *c, uint32_t id, uint32_t mutex)
{
    struct lock *l = record_lock(&ours, id);
    const struct lock *m = record_lock(&ours, mutex);
    if (l == NULL || m == NULL || likely(l->value == mutex))
        return;
    uint32_t last = __atomic_exchange_n(&l->value, mutex, __ATOMIC_SEQ_CST);
    uint32_t other = last != 0 ? waiter_with_other_mutex(id, mutex) : 0;
    if (other != 0)
        record_condition_mistake(FINDING_COND_TWO_MUTEXES, c, m->address, other);
}

/* --- the end of a thread --- */

static bool is_still_held(const struct held *h)
{
    const struct lock *l = record_lock(&ours, h->lock);
    if (l == NULL)
        return true;
    if ((l->traits & TRAIT_ENDED) != 0 || is_destroyed(h->address) || !glibc_is_readable(h->address))
        return false;
    bool binary = l->kind == KIND_SEMAPHORE && (l->traits & TRAIT_VALUE_KNOWN) != 0 && l->value == 1;
    return (l->kind != KIND_SEMAPHORE || !lock_is_signal(h->address)) &&
           glibc_is_held_by(l->kind, h->address, (h->how & HOW_SHARED) != 0, self.own->tid) &&
           !(binary && glibc_has_unit(h->address));
}

void misuse_thread_end(void)
{
    enum { MOST = 256 };
    struct held_walk holding;
    const struct held *h;
    uint64_t gone[16];
    uint32_t count = 0;
    hold_complete_path(self.own);
    held_begin_thread(&holding, &ours, self.own);
    for (uint32_t i = 0; i < MOST && count < sizeof gone / sizeof *gone && (h = held_next(&holding)) != NULL; i++)
        if (!is_still_held(h))
            gone[count++] = h->address;
    while (count-- > 0)
        hold_release(self.own, (const void *)(uintptr_t)gone[count]);
    self_enter(); /* hold_release has reset the recursion guard */
}
