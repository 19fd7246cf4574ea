#include "report/section.h"

/* What a judgement that is only likely rests on, for one thing that is waited for. */
static void tell_ground(struct story *s, const struct finding *f, uint32_t i)
{
    enum { ROOM = 4 };
    const struct want *want = &f->side[i].want;
    struct thread_ref poster[ROOM];
    bool more;
    unsigned n = query_posters(s->record, want->lock, poster, ROOM, &more);
    const char *posted = want->kind == KIND_CONDITION ? "signalled" : "posted";
    story_begin(s, 4, 6);
    story_wanted(s, want, false);
    if (n == 0)
        story_format(s, " was never %s so far, and every thread that is left waits", posted);
    else
        story_format(s, " was %s so far only by ", posted);
    for (unsigned k = 0; k < n; k++) {
        const struct side *side = query_sides(f, poster[k].serial);
        story_text(s, k == 0 ? "" : k + 1 == n && !more ? " and by " : ", by ");
        phrase_thread(s, &poster[k]);
        if (side != NULL && side->want.kind != KIND_NONE) {
            struct thread_ref holder;
            struct held hold;
            uint32_t at = (uint32_t)(side - f->side);
            story_text(s, ", which waits for ");
            story_wanted(s, &side->want, false);
            if (query_holder(s->record, f, at, &holder, &hold) && hold.address != 0) {
                story_text(s, ", held by ");
                phrase_thread(s, &holder);
            }
        } else if (thread_ref_ended(&poster[k])) {
            story_text(s, ", which has ended");
        }
    }
    story_text(s, more ? ", and by others" : "");
    story_end(s);
}

/* "T1 (main), T4 (worker) and a signal handler": who is not stuck, and could post it. Nothing where that is nobody. */
static void tell_free(struct story *s, const struct finding *f, const struct lock *l)
{
    enum { ROOM = 4 };
    const uint32_t other_wakers = s->record->header->other_wakers;
    const char *const others[] = {(other_wakers & OTHER_WAKER_HANDLER) != 0 ? "a signal handler" : NULL,
                                  (other_wakers & OTHER_WAKER_FOREIGN_THREAD) != 0 ? "a thread unknown to lockwatch"
                                                                                   : NULL,
                                  (l->traits & TRAIT_SHARED) != 0 ? "another process" : NULL};
    uint32_t threads = record_used(s->record, TABLE_THREADS);
    struct want want;
    uint32_t sequence, told = 0, more = 0;
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(s->record, id);
        bool runs = t->state == THREAD_STARTING || t->state == THREAD_RUNNING;
        if (!runs || query_sides(f, t->serial) != NULL ||
            (record_blocked(t, &want, &sequence) && (want.how & WANT_TIMED) == 0))
            continue;
        if (told == ROOM) {
            more++;
            continue;
        }
        struct thread_ref p = query_thread(s->record, id, t->serial);
        story_text(s, told++ == 0 ? "; it could still be posted by " : ", ");
        phrase_thread(s, &p);
    }
    if (more != 0)
        story_format(s, ", %u other %s", more, more == 1 ? "thread" : "threads");
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i] != NULL) {
            story_text(s, told++ == 0 ? "; it could still be posted by " : ", ");
            story_text(s, others[i]);
        }
}

/* The same for a semaphore that is taken for a lock: anybody could post it, but so far nobody has who did not hold it.
 */
static void tell_lock_ground(struct story *s, const struct finding *f, uint32_t i)
{
    const struct want *want = &f->side[i].want;
    const struct lock *l = record_lock(s->record, want->lock);
    story_begin(s, 4, 6);
    story_wanted(s, want, false);
    if ((l->traits & TRAIT_POSTED) != 0)
        story_text(s, " is taken for a lock, as so far only threads that had taken it have posted it");
    else
        story_text(s, " is taken for a lock, as it is binary and was never posted so far");
    tell_free(s, f, l);
    story_end(s);
}

/* The first wait that a thread which runs could cancel: of a join there is nothing else to say. */
static void tell_cancel(struct story *s, const struct finding *f, bool begun)
{
    uint32_t i = 0;
    while (i < f->sides && f->side[i].want.kind != KIND_THREAD)
        i++;
    if ((s->record->header->other_wakers & OTHER_WAKER_CANCELS) == 0 || i == f->sides)
        return;
    if (!begun)
        story_text(s, "\n  Likely, not certain: it rests on what was seen so far.\n");
    story_begin(s, 4, 6);
    story_text(s, "the wait for ");
    story_wanted(s, &f->side[i].want, false);
    story_text(s, " can still be cancelled: the program has pthread_cancel");
    story_end(s);
}

/* Locks that another process can release; where only the owner can, that is nothing that the judgement rests on. */
static bool is_of_several(const struct story *s, const struct want *want)
{
    const struct lock *l = record_lock(s->record, want->lock);
    return l != NULL && (l->traits & TRAIT_SHARED) != 0 &&
           (want->kind == KIND_MUTEX || want->kind == KIND_RWLOCK || want->kind == KIND_SPINLOCK);
}

static void tell_shared_ground(struct story *s, const struct want *want)
{
    story_begin(s, 4, 6);
    story_wanted(s, want, false);
    story_text(s, " is shared between processes: another one could still release it");
    story_end(s);
}

void section_grounds(struct story *s, const struct finding *f)
{
    bool begun = false;
    for (uint32_t i = 0; i < f->sides && i < CHAPTER_SIDES; i++) {
        const struct want *want = &f->side[i].want;
        bool again = false, signal = query_signal(s->record, want);
        for (uint32_t j = 0; j < i; j++)
            again |= f->side[j].want.lock == want->lock && (f->side[j].want.how & WANT_END) == 0;
        if (again || (want->how & WANT_END) != 0 || record_lock(s->record, want->lock) == NULL ||
            (!signal && want->kind != KIND_SEMAPHORE && !is_of_several(s, want)))
            continue;
        if (!begun)
            story_text(s, "\n  Likely, not certain: it rests on what was seen so far.\n");
        begun = true;
        if (signal)
            tell_ground(s, f, i);
        else if (want->kind != KIND_SEMAPHORE)
            tell_shared_ground(s, want);
        else
            tell_lock_ground(s, f, i);
    }
    tell_cancel(s, f, begun);
}
