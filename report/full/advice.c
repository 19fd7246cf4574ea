#include "report/full/parts.h"
#include "report/full/rules.h"
#include "report/side_text.h"

#include <string.h>

/*
 * What to change. A cycle of locks is broken by one order for all of them; a wait for something that is no lock (a
 * signal, the end of a thread) by not holding what the waker needs; the rest by the nature of the lock.
 */

static struct held held_by(const struct story *s, const struct side *side)
{
    return query_hold(s->record, side->path, side->held);
}

static uint16_t lock_kind(const struct story *s, uint32_t lock)
{
    const struct lock *l = record_lock(s->record, lock);
    return l == NULL ? KIND_NONE : l->kind;
}

/* "m (x.c:12)": a lock and where the side acquired it; what it wants and where it waits. */
static void lock_and_place(struct story *s, const struct side *side)
{
    const struct held h = held_by(s, side);
    phrase_lock(s, side->held);
    phrase_held_at(s, &h);
}

static void want_and_place(struct story *s, const struct side *side)
{
    phrase_wanted(s, &side->want);
    story_text(s, " (");
    phrase_place(s, side->want.stack, side->want.site);
    story_text(s, ")");
}

/* "the pthread_once routine of control (x.c:12)": what runs while the lock is held that the side holds. */
static void routine_and_place(struct story *s, const struct side *side)
{
    const uint16_t kind = lock_kind(s, side->held);
    story_text(s, kind == KIND_GUARD   ? "the initialiser of "
                  : kind == KIND_GONCE ? "what runs once for "
                                       : "the pthread_once routine of ");
    lock_and_place(s, side);
}

/* --- a thread that waits for itself --- */

/*
 * Whether the function that acquired the lock has probably left it locked: its caller's frames are not all on the stack
 * of the wait, another function is in its place, or the same call is made again. False also when that is not known.
 */
static bool is_left_locked(const struct story *s, const struct held *h, const struct want *want)
{
    uint32_t then, now;
    const uint64_t *hold = record_frames(s->record, h->stack, &then);
    const uint64_t *wait = record_frames(s->record, want->stack, &now);
    if (hold == NULL || wait == NULL || then < 2)
        return false;
    if (now < then || h->stack == want->stack)
        return true;
    for (uint32_t i = 1; i < then; i++)
        if (hold[then - i] != wait[now - i])
            return true;
    return !phrase_same_function(s, hold[0], wait[now - then]);
}

static void advise_units(struct story *s, const struct side *side)
{
    story_text(s, "each thread holds units of ");
    phrase_lock(s, side->held);
    story_text(s, " while it waits for one more: let one thread at a time acquire its units, under a mutex, or "
                  "make more of them.");
}

/* What a toolkit has for a lock that a thread may acquire again. */
static const char *recursive_one(uint16_t kind)
{
    return kind == KIND_GMUTEX     ? "GRecMutex"
           : kind == KIND_OMP_LOCK ? "nested lock (omp_nest_lock_t)"
           : kind == KIND_QMUTEX   ? "QRecursiveMutex"
                                   : NULL;
}

static void advise_self(struct story *s, const struct side *side)
{
    const struct held h = held_by(s, side);
    uint16_t kind = side->want.kind;
    if (kind == KIND_THREAD) {
        story_format(s, "T%u joins itself", side->serial);
        phrase_at(s, &side->want);
        story_text(s, ": let another thread join it, or detach it.");
        return;
    }
    if (kind_is_once(kind)) {
        routine_and_place(s, side);
        story_text(s, kind == KIND_ONCE ? " calls pthread_once on " : " comes to ");
        phrase_lock(s, side->held);
        story_text(s, " again");
        phrase_at(s, &side->want);
        story_text(s, ": do not use in it what it is to set up.");
        return;
    }
    if (side_has_units(s, side)) {
        advise_units(s, side);
        return;
    }
    story_format(s, "T%u acquires ", side->serial);
    lock_and_place(s, side);
    story_text(s, " and again");
    phrase_at(s, &side->want);
    if (kind_like(kind) == KIND_RWLOCK && (h.how & HOW_SHARED) != 0 && (side->want.how & WANT_SHARED) == 0)
        story_text(s, ": a read lock cannot become a write lock; release it first, or lock for writing at once.");
    else if (is_left_locked(s, &h, &side->want))
        story_text(s, ": release it on every way out of the code that acquired it, also on errors and exceptions.");
    else if (kind == KIND_MUTEX)
        story_text(s, ": release it in between, call a variant that expects it locked, or make the mutex recursive.");
    else if (kind == KIND_OMP_CRITICAL)
        story_text(s,
                   ": sections of one name, or of none, exclude each other; give them different names, or do not enter "
                   "one from within the other.");
    else if (recursive_one(kind) != NULL)
        story_format(s, ": release it in between, call a variant that expects it locked, or use a %s.",
                     recursive_one(kind));
    else
        story_text(s, ": release it in between, or do not acquire it a second time.");
}

/* --- no thread is left to release it --- */

/* A lock or an event of the program's own or of a library: which one, and its owner, are not seen. */
static void advise_futex(struct story *s, const struct side *side)
{
    const struct record_header *h = s->record->header;
    if ((h->incomplete & INCOMPLETE_OUTSIDE) != 0 && h->parent_pid != 0) {
        story_text(s, "the process was forked while several threads ran, and has only the one that forked. What others "
                      "had locked inside libc stays locked: until it executes another program, a child may call "
                      "async-signal-safe functions only (fork in POSIX), or fork before there are threads.");
        return;
    }
    story_text(s, "every thread that could wake the waiters of ");
    phrase_wanted(s, &side->want);
    story_text(s, " waits itself. It is the inside of a lock or an event, as of Rust or std::future, whose owner "
                  "lockwatch cannot name: see what the threads have where they wait");
    phrase_at(s, &side->want);
    story_text(s, ", and let them acquire it in one order, or wait for it while holding nothing.");
}

/* Of a condition: a signal may have come between a look at what it stands for and the wait. */
static void advise_lost(struct story *s, const struct side *side, uint32_t signaller)
{
    story_format(s, "T%u has signalled ", signaller);
    phrase_wanted(s, &side->want);
    story_text(s, " without acquiring ");
    phrase_lock(s, side->want.cond_mutex);
    story_format(s, ": if that comes after T%u has looked whether it has to wait, and before it waits", side->serial);
    phrase_at(s, &side->want);
    story_text(s, ", it is lost. Change what the condition stands for while holding ");
    phrase_lock(s, side->want.cond_mutex);
    story_text(s, ".");
}

static void advise_nobody(struct story *s, const struct side *side)
{
    uint32_t signaller;
    switch (side->want.kind) {
    case KIND_CONDITION:
        if (query_signals_without(s->record, &side->want, &signaller)) {
            advise_lost(s, side, signaller);
            return;
        }
        story_text(s, "no thread is left to signal ");
        phrase_wanted(s, &side->want);
        story_text(s, "; a signal before the wait");
        phrase_at(s, &side->want);
        story_text(s, " is lost: change what it stands for under the mutex, and check that before waiting.");
        return;
    case KIND_BARRIER:
        story_text(s, "too few threads are left to fill ");
        phrase_wanted(s, &side->want);
        story_text(s, ": let as many arrive as it was made for.");
        return;
    case KIND_FUTEX:
        advise_futex(s, side);
        return;
    default:
        story_text(s, side->want.kind == KIND_SEMAPHORE ? "let a thread that does not wait itself post "
                                                        : "let a thread that does not wait itself release ");
        phrase_wanted(s, &side->want);
        story_text(s, ", or wait for it with a time-out");
        phrase_at(s, &side->want);
        story_text(s, ".");
    }
}

/* Its owner ended, with its process or alone, and nobody saw how. */
static void advise_robust(struct story *s, const struct want *want)
{
    phrase_wanted(s, want);
    story_text(s, " was left locked by ");
    phrase_gone(s, want);
    story_text(s, ": make the mutex robust (pthread_mutexattr_setrobust) and handle EOWNERDEAD.");
}

static void advise_abandoned(struct story *s, const struct finding *f)
{
    struct thread_ref holder;
    struct held hold;
    const struct want *want = &f->side[0].want;
    if (!query_holder(s->record, f, 0, &holder, &hold)) {
        if (query_gone(want) != 0)
            advise_robust(s, want);
        else
            advise_nobody(s, &f->side[0]);
        return;
    }
    const uint32_t traits = holder.slot == NULL ? 0 : holder.slot->traits;
    story_format(s, (traits & THREAD_NOT_FORKED) != 0 ? "T%u held " : "T%u acquired ", holder.serial);
    phrase_wanted(s, want);
    phrase_held_at(s, &hold);
    if ((traits & THREAD_NOT_FORKED) != 0) {
        story_text(s, " when another thread forked: lock it in a pthread_atfork() prepare handler, or do not use it "
                      "in the child before exec().");
        return;
    }
    story_text(s, (traits & THREAD_CANCELLED) != 0
                      ? " and was cancelled while holding it: release it in a cleanup handler (pthread_cleanup_push)"
                      : " and exited while holding it: release it before the thread exits");
    story_text(s, want->kind == KIND_MUTEX ? ", or make the mutex robust and handle EOWNERDEAD." : ".");
}

/* --- a cycle with a wait for something that is no lock --- */

/* The thread that has posted this and exited since, a child of `creator` if there is one; NULL: all of them live. */
static const struct post *find_exited_poster(const struct story *s, uint32_t lock, uint32_t creator)
{
    const struct lock *l = record_lock(s->record, lock);
    const struct post *p, *found = NULL;
    uint32_t id = l == NULL ? 0 : l->first_post;
    for (; (p = record_item(s->record, TABLE_POSTS, id)) != NULL; id = p->next < id ? p->next : 0) {
        const struct thread_ref poster = query_thread(s->record, p->thread, p->serial);
        if (p->serial != 0 && thread_ref_ended(&poster) && (found == NULL || found->creator != creator))
            found = p;
    }
    return found;
}

/* Why the wait of a side may never end, where the next thread of the cycle has not ended such waits itself. */
static void write_no_poster(struct story *s, const struct want *want, const struct side *waker)
{
    const char *posted = phrase_woken(want->kind);
    const struct thread_ref who = query_side_thread(s->record, waker);
    const struct post *p = find_exited_poster(s, want->lock, waker->serial);
    struct thread_ref first;
    bool more;
    if (p == NULL) {
        story_format(s, "no thread has %s ", posted);
        phrase_wanted(s, want);
        story_format(s, " so far; T%u, which could, waits for ", waker->serial);
        want_and_place(s, waker);
        return;
    }
    query_posters(s->record, want->lock, &first, 1, &more);
    story_format(s, more ? "T%u, which has %s " : "T%u, the only thread that has %s ", p->serial, posted);
    phrase_wanted(s, want);
    story_format(s, more ? ", has exited; T%u" : " so far, has exited; T%u", waker->serial);
    if (p->creator == waker->serial)
        story_text(s, ", which created it,");
    else if (who.slot != NULL && who.slot->routine == p->routine && p->routine != 0)
        story_text(s, ", which has the same start routine,");
    story_text(s, " waits for ");
    want_and_place(s, waker);
    story_format(s, ". Let another thread %s ", phrase_wake(want->kind));
    phrase_wanted(s, want);
}

/* "T3 needs m before it can post s", of a side that holds m and waits for s. */
static void write_need(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i], *before = &f->side[i == 0 ? f->cycle - 1 : i - 1], *next = query_next(f, i);
    const uint16_t kind = side->want.kind;
    if ((kind == KIND_SEMAPHORE || kind == KIND_CONDITION || kind == KIND_FUTEX) &&
        !query_posted_by(s->record, side->want.lock, next->serial)) {
        write_no_poster(s, &side->want, next);
        return;
    }
    story_format(s, "T%u needs ", before->serial);
    if (lock_kind(s, side->held) == KIND_ONCE)
        story_text(s, "the pthread_once of ");
    phrase_lock(s, side->held);
    if (next == before)
        story_text(s, " before it can ");
    else
        story_format(s, " before T%u can ", next->serial);
    story_text(s, phrase_wake(kind));
    if (kind != KIND_THREAD) {
        story_text(s, " ");
        phrase_wanted(s, &side->want);
    }
}

/* "T3 needs m before it can post s. Wait for s (x.c:36) before acquiring m (x.c:35).", of a side that holds m. */
static void advise_event(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    const uint16_t kind = side->want.kind;
    bool once = kind_is_once(lock_kind(s, side->held));
    if (once && kind_is_once(kind)) {
        routine_and_place(s, side);
        story_text(s, " needs ");
        want_and_place(s, side);
        story_text(s, " and the other way round: set both up in one routine, or one of them before.");
        return;
    }
    write_need(s, f, i);
    if (once) {
        bool starts = kind == KIND_THREAD && lock_kind(s, side->held) == KIND_GUARD;
        story_text(s, starts ? ". Do not create and await a thread" : ". Do not wait for ");
        if (!starts)
            want_and_place(s, side);
        story_text(s, " in ");
        routine_and_place(s, side);
    } else if (kind == KIND_SEMAPHORE) {
        story_text(s, ". Wait for ");
        want_and_place(s, side);
        story_text(s, " before acquiring ");
        lock_and_place(s, side);
    } else {
        const struct held h = held_by(s, side);
        story_text(s, ". Release ");
        phrase_lock(s, side->held);
        if (h.stack != 0 || h.site != 0) {
            story_text(s, " (acquired at ");
            phrase_place(s, h.stack, h.site);
            story_text(s, ")");
        }
        story_text(s, kind == KIND_THREAD ? " before the join" : " before the wait");
        phrase_at(s, &side->want);
    }
    story_text(s, ".");
}

/* The side of the cycle that has arrived at this barrier before, and waits elsewhere now; NULL: none. */
static const struct side *find_left_out(const struct story *s, const struct finding *f, const struct want *want)
{
    for (uint32_t k = 0; want->kind == KIND_BARRIER && k < f->cycle; k++)
        if (f->side[k].want.lock != want->lock && query_posted_by(s->record, want->lock, f->side[k].serial))
            return &f->side[k];
    return NULL;
}

/* Where a thread that is not of the cycle waits at a barrier that one of the cycle has left out. False: none does. */
static bool advise_left_out(struct story *s, const struct finding *f)
{
    const uint32_t threads = record_used(s->record, TABLE_THREADS);
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(s->record, id);
        struct side waiter = {.serial = t->serial};
        uint32_t sequence;
        const struct side *side = record_blocked(t, &waiter.want, &sequence) ? find_left_out(s, f, &waiter.want) : NULL;
        if (side == NULL)
            continue;
        for (uint32_t i = 0; i < f->cycle; i++)
            if (f->side[i].want.lock == waiter.want.lock)
                return false; /* then that is what is said */
        story_format(s, "T%u waits at ", waiter.serial);
        want_and_place(s, &waiter);
        story_format(s,
                     ", where T%u arrived before and has not arrived this time: let it arrive there also when it "
                     "fails, before it waits for ",
                     side->serial);
        want_and_place(s, side);
        story_text(s, ".");
        return true;
    }
    return false;
}

/* Each waits for the other to come first. */
static void advise_events(struct story *s, const struct finding *f)
{
    uint32_t i = 0, signaller;
    if (advise_left_out(s, f))
        return;
    while (i < f->cycle && f->side[i].want.kind == KIND_THREAD)
        i++;
    if (i < f->cycle && f->side[i].want.kind == KIND_FUTEX) {
        advise_futex(s, &f->side[i]);
        return;
    }
    if (i == f->cycle) {
        story_text(s, "these threads join each other: drop the join");
        phrase_at(s, &f->side[0].want);
        story_text(s, ", or let another thread do it.");
        return;
    }
    for (uint32_t k = 0; k < f->cycle; k++)
        if (f->side[k].want.kind == KIND_BARRIER && query_next(f, k)->want.lock != f->side[k].want.lock)
            i = k;
    const struct side *side = &f->side[i], *next = query_next(f, i);
    if (side->want.kind == KIND_BARRIER && next->want.lock == side->want.lock) {
        advise_nobody(s, side);
        return;
    }
    if (side->want.kind == KIND_BARRIER) {
        story_format(s, "T%u has not arrived at ", next->serial);
        want_and_place(s, side);
        story_text(s, ": let it call pthread_barrier_wait before it waits for ");
        want_and_place(s, next);
        story_text(s, ", or initialise the barrier for fewer threads.");
        return;
    }
    if (side->want.kind == KIND_CONDITION && query_signals_without(s->record, &side->want, &signaller) &&
        signaller == next->serial) {
        advise_lost(s, side, signaller);
        return;
    }
    story_format(s, "let T%u %s ", next->serial, phrase_wake(side->want.kind));
    phrase_wanted(s, &side->want);
    story_text(s, " before it waits for ");
    want_and_place(s, next);
    if (side->want.kind == KIND_SEMAPHORE) {
        story_text(s, ", or initialise ");
        phrase_wanted(s, &side->want);
        story_text(s, " to 1");
    }
    story_text(s, ".");
}

/* A thread destroys what others wait on. */
static void advise_end(struct story *s, const struct side *side)
{
    story_text(s, "wake every thread that waits ");
    story_text(s, side->want.kind == KIND_BARRIER ? "at " : "on ");
    phrase_wanted(s, &side->want);
    story_text(s, " and let it leave, as by joining it, before the call");
    phrase_at(s, &side->want);
    story_text(s, " destroys it.");
}

/* A wait that did not last, while holding a lock that every thread acquires first that ends such waits. */
static void advise_wait_holding(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    const struct held h = held_by(s, side);
    uint16_t kind = side->want.kind;
    story_text(s, "release ");
    phrase_lock(s, side->held);
    story_text(s, kind == KIND_THREAD ? " before the join" : " before the wait");
    phrase_at(s, &side->want);
    if (kind == KIND_SEMAPHORE || kind == KIND_BARRIER) {
        story_text(s, ", or acquire it after that instead of before");
        phrase_held_at(s, &h);
    }
    if (f->sides > 1 && kind != KIND_THREAD) {
        story_format(s, ", or let T%u %s ", f->side[1].serial, phrase_wake(kind));
        phrase_wanted(s, &side->want);
        story_text(s, " without ");
        if (f->cycle > 2)
            phrase_lock(s, query_needed(f, 1));
        else
            story_text(s, "it");
    }
    story_text(s, ".");
    if (kind == KIND_SEMAPHORE && lock_kind(s, side->held) == KIND_MUTEX) {
        story_text(s, " A condition variable would do both: waiting on it releases ");
        phrase_lock(s, side->held);
        story_text(s, ".");
    }
}

/* --- a cycle of locks: one order --- */

/* Whether a side goes against the order by address. */
static bool is_against(const struct record *r, const struct side *side)
{
    const struct lock *l = record_lock(r, side->held);
    return l != NULL && side->want.address < l->address;
}

/* The side to change: the one that was seen least; of two alike, as in a deadlock, the one against the order by
 * address. Only one that holds a lock will do. */
static uint32_t find_odd(const struct record *r, const struct finding *f)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < f->cycle; i++) {
        const struct side *side = &f->side[i], *least = &f->side[best];
        bool fits = query_has(r, side), least_fits = query_has(r, least);
        if (fits != least_fits            ? fits
            : side->times != least->times ? side->times < least->times
                                          : is_against(r, side) > is_against(r, least))
            best = i;
    }
    return best;
}

uint32_t advice_side(const struct record *r, const struct finding *f)
{
    bool order = finding_is_cyclic(f) && f->kind != FINDING_WAIT_HOLDING && f->cycle > 1 && !finding_is_declared(f);
    return order ? find_odd(r, f) : 0;
}

/* One piece of code that acquires locks in whatever order it is given them. */
static bool is_one_place(const struct story *s, const struct finding *f)
{
    const struct want *want = &f->side[0].want;
    if (want->site == 0 && want->stack == 0)
        return false;
    for (uint32_t i = 1; i < f->cycle; i++)
        if (!phrase_same_place(s, f->side[i].want.stack, f->side[i].want.site, want->stack, want->site))
            return false;
    return true;
}

static bool is_cpp(const struct record *r)
{
    uint32_t modules = record_used(r, TABLE_MODULES);
    for (uint32_t id = 1; id < modules; id++) {
        const struct module *m = record_item(r, TABLE_MODULES, id);
        const char *path = m == NULL ? "" : record_text(r, m->path);
        if (strstr(path, "/libstdc++.") != NULL || strstr(path, "/libc++.") != NULL)
            return true;
    }
    return false;
}

/* An rwlock that lets waiting writers come first, read-locked by a thread that has read-locked it. */
static void advise_reread(struct story *s, const struct side *side)
{
    story_text(s, "do not read-lock ");
    phrase_wanted(s, &side->want);
    story_text(s, " again");
    phrase_at(s, &side->want);
    story_text(s, "; or use the default rwlock kind, which lets readers pass waiting writers.");
}

/* The first side that read-locks again what it has read-locked; NULL when there is none. */
static const struct side *find_reread(const struct finding *f)
{
    for (uint32_t i = 0; i < f->cycle; i++)
        if (f->side[i].held == f->side[i].want.lock && (f->side[i].want.how & WANT_SHARED) != 0)
            return &f->side[i];
    return NULL;
}

/* "T2 does", where the other one of two does acquire both in the order asked for. */
static void write_example(struct story *s, const struct finding *f, uint32_t odd)
{
    const struct side *side = &f->side[odd], *other = &f->side[1 - odd];
    uint64_t all = query_times(f);
    if (other->serial == side->serial || other->held != side->want.lock || other->want.lock != side->held ||
        !query_has(s->record, other))
        return;
    story_format(s, ", as T%u does", other->serial);
    if (all - side->times > side->times)
        story_format(s, " (%llu of %llu times)", (unsigned long long)(all - side->times), (unsigned long long)all);
}

static void advise_order(struct story *s, const struct finding *f)
{
    enum { NAMED = 5 };
    const uint32_t odd = find_odd(s->record, f);
    const struct side *side = &f->side[odd];
    const struct side *reread = find_reread(f);
    if (finding_is_declared(f)) {
        story_format(s, "T%u acquires ", f->side[0].serial);
        want_and_place(s, &f->side[0]);
        story_text(s, " while holding ");
        lock_and_place(s, &f->side[0]);
        story_text(s, ": acquire ");
        phrase_wanted(s, &f->side[0].want);
        story_text(s, " first, as declared.");
        return;
    }
    if (reread != NULL) {
        advise_reread(s, reread);
        return;
    }
    if (finding_is_units(f)) {
        advise_units(s, side);
        return;
    }
    if (is_one_place(s, f)) {
        story_text(s, "acquire these locks in one order everywhere. The same code acquires them all");
        phrase_at(s, &side->want);
        story_text(s, ": compare the two and acquire the one with the lower address or index first");
        story_text(s, is_cpp(s->record) ? ", or both at once with std::scoped_lock or std::lock." : ".");
        return;
    }
    story_format(s, "T%u acquires ", side->serial);
    want_and_place(s, side);
    story_text(s, " while holding ");
    lock_and_place(s, side);
    story_text(s, ": acquire ");
    phrase_wanted(s, &side->want);
    story_text(s, " first");
    if (f->cycle == 2) {
        write_example(s, f, odd);
        story_text(s, ".");
        return;
    }
    story_text(s, ". One order for all: ");
    for (uint32_t i = 0; i < f->cycle && !phrase_list(s, i, f->cycle, NAMED); i++)
        phrase_lock(s, f->side[(odd + 1 + i) % f->cycle].held);
    story_text(s, ".");
}

/* --- notes --- */

/* Nothing has to be done, as long as this stays so; and then what would do away with it for good. */
static void advise_note(struct story *s, const struct finding *f)
{
    switch (f->reason) {
    case REASON_GUARDED:
        story_text(s, "safe as long as all of them hold ");
        if (record_lock(s->record, f->gate_lock) != NULL)
            phrase_lock(s, f->gate_lock);
        else
            story_text(s, "the common lock");
        break;
    case REASON_SINGLE_THREAD:
        story_text(s, query_alone(f) ? "safe as long as only one thread does this"
                                     : "safe as long as no more threads do this");
        break;
    case REASON_ORDERED:
        story_text(s, "safe as long as these threads start, end and wait for each other in this order");
        break;
    default:
        story_text(s, "safe as long as the code releases what it holds after the time-out");
    }
    story_text(s, ". To be rid of it: ");
}

/* Processes that wait for each other, by pipes and for the end of a child. */
static void advise_pipe(struct story *s, const struct finding *f)
{
    for (uint32_t i = 0; i < f->cycle; i++)
        if (f->side[i].want.kind == KIND_THREAD) {
            phrase_side(s, &f->side[i]);
            story_text(s, " waits for the end of a process that still has to write to it or read from it: first read "
                          "the pipe to its end, or close it, and then wait for the process.");
            return;
        }
    story_text(s, "each end of the pipe waits for the other: let one side read while it writes, or write no more than "
                  "the other reads; close the ends that a process does not use.");
}

/* `owner`: of Python's lock. */
static void advise_gil(struct story *s, const struct side *owner)
{
    phrase_side(s, owner);
    phrase_waits(s, &owner->want, false);
    phrase_kind_wanted(s, &owner->want);
    if (owner->want.site != 0 || owner->want.stack != 0) {
        story_text(s, " (");
        phrase_place(s, owner->want.stack, owner->want.site);
        story_text(s, ")");
    }
    story_text(s, " with the interpreter's lock: release that around the wait (Py_BEGIN_ALLOW_THREADS, "
                  "gil_scoped_release of pybind11, CDLL rather than PyDLL of ctypes).");
}

static void advise_deadlock(struct story *s, const struct finding *f)
{
    bool event = false;
    for (uint32_t i = 0; i < f->sides; i++)
        if (f->side[i].want.kind == KIND_PIPE) {
            advise_pipe(s, f);
            return;
        }
    for (uint32_t i = 0; i < f->sides; i++)
        if ((f->side[i].want.how & WANT_END) != 0) {
            advise_end(s, &f->side[i]);
            return;
        }
    if (query_self(f)) {
        advise_self(s, &f->side[0]);
        return;
    }
    for (uint32_t i = 0; i < f->cycle; i++)
        if (f->side[i].want.kind == KIND_GIL && f->cycle > 1) {
            advise_gil(s, &f->side[(i + 1) % f->cycle]);
            return;
        }
    if (f->cycle < 2) {
        advise_abandoned(s, f);
        return;
    }
    for (uint32_t i = 0; i < f->cycle; i++) {
        const struct want *want = &f->side[i].want;
        if (want->kind != KIND_THREAD && !kind_is_once(want->kind) && !query_signal(s->record, want))
            continue;
        event = true;
        if (query_has(s->record, &f->side[i])) {
            advise_event(s, f, i);
            return;
        }
    }
    if (event)
        advise_events(s, f);
    else
        advise_order(s, f);
}

void story_advice(struct story *s, const struct finding *f)
{
    s->finding = f;
    if (f->sides == 0)
        return;
    if (!finding_is_cyclic(f)) {
        rules_advice(s, f);
        return;
    }
    if (f->reason == REASON_WENT_ON) {
        story_text(s, "nothing, if it may take that long until they are woken.");
        return;
    }
    if (f->reason != REASON_NONE)
        advise_note(s, f);
    if (f->kind == FINDING_WAIT_HOLDING)
        advise_wait_holding(s, f);
    else if (f->kind == FINDING_LOCK_ORDER)
        advise_order(s, f);
    else
        advise_deadlock(s, f);
}
