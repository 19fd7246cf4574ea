#include "report/full/advice.h"
#include "report/side_text.h"

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
    const char *posted = phrase_woken(s, want);
    const struct thread_ref who = query_side_thread(s->record, waker);
    const struct post *p = find_exited_poster(s, want->lock, waker->serial);
    const struct story_kind *own = phrase_own_kind(s, want->lock);
    struct thread_ref first;
    bool more;
    if (own != NULL && own->lock) {
        story_format(s, "T%u, which may hold ", waker->serial);
        phrase_wanted(s, want);
        story_text(s, ", waits for ");
        advice_want_place(s, waker);
        return;
    }
    if (p == NULL) {
        bool passive = own != NULL && own->woken != NULL; /* it may have more than one word */
        if (!passive)
            story_format(s, "no thread has %s ", posted);
        phrase_wanted(s, want);
        if (passive)
            story_format(s, " was never %s", posted);
        story_format(s, " so far; T%u, which could, waits for ", waker->serial);
        advice_want_place(s, waker);
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
    advice_want_place(s, waker);
    story_format(s, ". Let another thread %s ", phrase_wake(s, want));
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
    if (advice_lock_kind(s, side->held) == KIND_ONCE)
        story_text(s, "the pthread_once of ");
    phrase_lock(s, side->held);
    if (next == before)
        story_text(s, " before it can ");
    else
        story_format(s, " before T%u can ", next->serial);
    story_text(s, phrase_wake(s, &side->want));
    if (kind != KIND_THREAD) {
        story_text(s, " ");
        phrase_wanted(s, &side->want);
    }
}

/* "T3 needs m before it can post s. Wait for s (x.c:36) before acquiring m (x.c:35).", of a side that holds m. */
void advice_event(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    const uint16_t kind = side->want.kind;
    bool once = kind_is_once(advice_lock_kind(s, side->held));
    if (once && kind_is_once(kind)) {
        advice_routine_place(s, side);
        story_text(s, " needs ");
        advice_want_place(s, side);
        story_text(s, " and the other way round: set both up in one routine, or one of them before.");
        return;
    }
    write_need(s, f, i);
    if (once) {
        bool starts = kind == KIND_THREAD && advice_lock_kind(s, side->held) == KIND_GUARD;
        story_text(s, starts ? ". Do not create and await a thread" : ". Do not wait for ");
        if (!starts)
            advice_want_place(s, side);
        story_text(s, " in ");
        advice_routine_place(s, side);
    } else if (kind == KIND_SEMAPHORE) {
        story_text(s, ". Wait for ");
        advice_want_place(s, side);
        story_text(s, " before acquiring ");
        advice_lock_place(s, side);
    } else {
        const struct held h = advice_held(s, side);
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
        advice_want_place(s, &waiter);
        story_format(s,
                     ", where T%u arrived before and has not arrived this time: let it arrive there also when it "
                     "fails, before it waits for ",
                     side->serial);
        advice_want_place(s, side);
        story_text(s, ".");
        return true;
    }
    return false;
}

/* Of a condition that was signalled, and where a thread waits all the same. False: it never was. */
static bool advise_signalled(struct story *s, const struct side *side)
{
    struct thread_ref poster;
    bool more;
    if (query_posters(s->record, side->want.lock, &poster, 1, &more) == 0)
        return false;
    phrase_wanted(s, &side->want);
    story_text(s, " was signalled, but a signal that comes before the wait");
    phrase_at(s, &side->want);
    story_text(s,
               " is lost, and one wakes only one thread: change what it stands for under the mutex, check that before "
               "waiting, and broadcast if several wait. Or let ");
    return true;
}

/* Each waits for the other to come first. */
void advice_events(struct story *s, const struct finding *f)
{
    uint32_t i = 0, signaller;
    if (advise_left_out(s, f))
        return;
    while (i < f->cycle && f->side[i].want.kind == KIND_THREAD)
        i++;
    const struct story_kind *own = i < f->cycle ? phrase_own_kind(s, f->side[i].want.lock) : NULL;
    if (i < f->cycle && (f->side[i].want.kind == KIND_FUTEX || (own != NULL && (own->lock || own->cure != NULL)))) {
        advice_futex(s, &f->side[i], false);
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
        advice_nobody(s, side);
        return;
    }
    if (side->want.kind == KIND_BARRIER) {
        story_format(s, "T%u has not arrived at ", next->serial);
        advice_want_place(s, side);
        story_text(s, ": let it call pthread_barrier_wait before it waits for ");
        advice_want_place(s, next);
        story_text(s, ", or initialise the barrier for fewer threads.");
        return;
    }
    if (side->want.kind == KIND_CONDITION && query_signals_without(s->record, &side->want, &signaller) &&
        signaller == next->serial) {
        advice_lost(s, side, signaller);
        return;
    }
    bool signalled = side->want.kind == KIND_CONDITION && advise_signalled(s, side);
    story_format(s, signalled ? "T%u %s " : "let T%u %s ", next->serial, phrase_wake(s, &side->want));
    phrase_wanted(s, &side->want);
    story_text(s, " before it waits for ");
    advice_want_place(s, next);
    if (side->want.kind == KIND_SEMAPHORE) {
        story_text(s, ", or initialise ");
        phrase_wanted(s, &side->want);
        story_text(s, " to 1");
    }
    story_text(s, ".");
}

/* A thread destroys what others wait on. */
void advice_end(struct story *s, const struct side *side)
{
    story_text(s, "wake every thread that waits ");
    story_text(s, side->want.kind == KIND_BARRIER ? "at " : "on ");
    phrase_wanted(s, &side->want);
    story_text(s, " and let it leave, as by joining it, before the call");
    phrase_at(s, &side->want);
    story_text(s, " destroys it.");
}

/* A wait that did not last, while holding a lock that every thread acquires first that ends such waits. */
void advice_wait_holding(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    const struct held h = advice_held(s, side);
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
        story_format(s, ", or let T%u %s ", f->side[1].serial, phrase_wake(s, &side->want));
        phrase_wanted(s, &side->want);
        story_text(s, " without ");
        if (f->cycle > 2)
            phrase_lock(s, query_needed(f, 1));
        else
            story_text(s, "it");
    }
    story_text(s, ".");
    if (kind == KIND_SEMAPHORE && advice_lock_kind(s, side->held) == KIND_MUTEX) {
        story_text(s, " A condition variable would do both: waiting on it releases ");
        phrase_lock(s, side->held);
        story_text(s, ".");
    }
}
