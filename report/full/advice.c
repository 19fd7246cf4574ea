#include "report/full/advice.h"
#include "report/full/parts.h"
#include "report/full/rules.h"

/*
 * What to change. A cycle of locks is broken by one order for all of them; a wait for something that is no lock (a
 * signal, the end of a thread) by not holding what the waker needs; the rest by the nature of the lock.
 */

struct held advice_held(const struct story *s, const struct side *side)
{
    return query_hold(s->record, side->path, side->held);
}

uint16_t advice_lock_kind(const struct story *s, uint32_t lock)
{
    const struct lock *l = record_lock(s->record, lock);
    return l == NULL ? KIND_NONE : l->kind;
}

void advice_lock_place(struct story *s, const struct side *side)
{
    const struct held h = advice_held(s, side);
    phrase_lock(s, side->held);
    phrase_held_at(s, &h);
}

void advice_want_place(struct story *s, const struct side *side)
{
    phrase_wanted(s, &side->want);
    story_text(s, " (");
    phrase_place(s, side->want.stack, side->want.site);
    story_text(s, ")");
}

void advice_routine_place(struct story *s, const struct side *side)
{
    const uint16_t kind = advice_lock_kind(s, side->held);
    story_text(s, kind == KIND_GUARD   ? "the initialiser of "
                  : kind == KIND_GONCE ? "what runs once for "
                                       : "the pthread_once routine of ");
    advice_lock_place(s, side);
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
            advice_end(s, &f->side[i]);
            return;
        }
    if (query_self(f)) {
        advice_self(s, &f->side[0]);
        return;
    }
    for (uint32_t i = 0; i < f->cycle; i++)
        if (f->side[i].want.kind == KIND_GIL && f->cycle > 1) {
            advise_gil(s, &f->side[(i + 1) % f->cycle]);
            return;
        }
    if (f->cycle < 2) {
        advice_abandoned(s, f);
        return;
    }
    for (uint32_t i = 0; i < f->cycle; i++) {
        const struct want *want = &f->side[i].want;
        if (want->kind != KIND_THREAD && !kind_is_once(want->kind) && !query_signal(s->record, want))
            continue;
        event = true;
        if (query_has(s->record, &f->side[i])) {
            advice_event(s, f, i);
            return;
        }
    }
    if (event)
        advice_events(s, f);
    else
        advice_order(s, f);
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
        advice_wait_holding(s, f);
    else if (f->kind == FINDING_LOCK_ORDER)
        advice_order(s, f);
    else
        advise_deadlock(s, f);
}
