#include "report/full/advice.h"
#include "report/side_text.h"

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

void advice_units(struct story *s, const struct side *side)
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

void advice_self(struct story *s, const struct side *side)
{
    const struct held h = advice_held(s, side);
    uint16_t kind = side->want.kind;
    if (kind == KIND_THREAD) {
        story_format(s, "T%u joins itself", side->serial);
        phrase_at(s, &side->want);
        story_text(s, ": let another thread join it, or detach it.");
        return;
    }
    if (kind_is_once(kind)) {
        advice_routine_place(s, side);
        story_text(s, kind == KIND_ONCE ? " calls pthread_once on " : " comes to ");
        phrase_lock(s, side->held);
        story_text(s, " again");
        phrase_at(s, &side->want);
        story_text(s, ": do not use in it what it is to set up.");
        return;
    }
    if (side_has_units(s, side)) {
        advice_units(s, side);
        return;
    }
    story_format(s, "T%u acquires ", side->serial);
    advice_lock_place(s, side);
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

/* Of a lock whose owner does not show. `alone`: no other thread is there that could have it. */
static void advise_unowned(struct story *s, const struct side *side, const struct story_kind *own, bool alone)
{
    story_format(s, alone ? "no thread is left that could %s " : "every thread that could %s ", own->wake);
    phrase_wanted(s, &side->want);
    story_format(s,
                 alone ? ". A %s does not say who holds it: see whether T%u has it already where it waits"
                       : " waits itself. A %s does not say who holds it: see what the threads have where they wait",
                 own->word, side->serial);
    phrase_at(s, &side->want);
    story_text(s, alone ? ", or a thread that has exited: release it first."
                        : ", and let them acquire such locks in one order, or wait for one while holding nothing.");
}

/* A lock or an event of the program's own or of a library: which one, and its owner, are not seen. */
void advice_futex(struct story *s, const struct side *side, bool alone)
{
    const struct record_header *h = s->record->header;
    if ((h->incomplete & INCOMPLETE_OUTSIDE) != 0 && h->parent_pid != 0) {
        story_text(s, "the process was forked while several threads ran, and has only the one that forked. What others "
                      "had locked inside libc stays locked: until it executes another program, a child may call "
                      "async-signal-safe functions only (fork in POSIX), or fork before there are threads.");
        return;
    }
    const struct story_kind *own = phrase_own_kind(s, side->want.lock);
    if (own != NULL && own->wake != NULL && (!own->lock || own->cure != NULL)) {
        story_format(s, alone ? "no thread is left that could %s " : "every thread that could %s ", own->wake);
        advice_want_place(s, side);
        story_format(s, alone ? ": %s." : " waits itself: %s.",
                     own->cure != NULL ? own->cure : "let one do so before it waits, or wait with a time-out");
        return;
    }
    if (own != NULL && own->lock) {
        advise_unowned(s, side, own, alone);
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
void advice_lost(struct story *s, const struct side *side, uint32_t signaller)
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

void advice_nobody(struct story *s, const struct side *side)
{
    uint32_t signaller;
    const struct story_kind *own = phrase_own_kind(s, side->want.lock);
    switch (side->want.kind) {
    case KIND_CONDITION:
        if (own != NULL && (own->lock || own->cure != NULL)) {
            advice_futex(s, side, true);
            return;
        }
        if (query_signals_without(s->record, &side->want, &signaller)) {
            advice_lost(s, side, signaller);
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
        advice_futex(s, side, true);
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

void advice_abandoned(struct story *s, const struct finding *f)
{
    struct thread_ref holder;
    struct held hold;
    const struct want *want = &f->side[0].want;
    if (!query_holder(s->record, f, 0, &holder, &hold)) {
        if (query_gone(want) != 0)
            advise_robust(s, want);
        else
            advice_nobody(s, &f->side[0]);
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
