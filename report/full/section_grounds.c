#include "report/full/section.h"

enum { NAMED = 4 }; /* threads that a sentence names; the others are counted */

/* What a deadlock that is only likely rests on: a line for each thing that is waited for. */

static void begin(struct story *s, bool *any)
{
    if (!*any)
        story_text(s, "\n  Probable, not certain, as it rests on what was seen so far:\n");
    *any = true;
    story_begin(s, 4, 6);
}

/* ", which waits for mutex m, held by T2 (consumer)": why a thread of the finding does not end the wait. */
static void write_why_not(struct story *s, const struct finding *f, const struct thread_ref *p)
{
    const struct side *side = query_sides(f, p->serial);
    struct thread_ref holder;
    struct held hold;
    if (side == NULL || side->want.kind == KIND_NONE) {
        phrase_fate(s, p);
        return;
    }
    story_text(s, ", which waits for ");
    phrase_kind_wanted(s, &side->want);
    if (query_holder(s->record, f, (uint32_t)(side - f->side), &holder, &hold) && hold.address != 0) {
        story_text(s, ", held by ");
        phrase_thread(s, &holder);
    }
}

/* Whether a thread runs that is not of the finding. */
static bool runs_beside(const struct finding *f, const struct thread *t)
{
    struct want want;
    uint32_t sequence;
    return (t->state == THREAD_STARTING || t->state == THREAD_RUNNING) && query_sides(f, t->serial) == NULL &&
           (!record_blocked(t, &want, &sequence) || want_ends_itself(&want));
}

bool section_beside(struct story *s, const struct finding *f)
{
    uint32_t threads = record_used(s->record, TABLE_THREADS), count = 0, shown = 0;
    for (uint32_t id = 1; id < threads; id++)
        count += runs_beside(f, record_thread(s->record, id));
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(s->record, id);
        if (!runs_beside(f, t))
            continue;
        if (phrase_list(s, shown++, count, NAMED))
            break;
        phrase_serial(s, t->serial, t->name);
    }
    return count != 0;
}

/* ", and every other thread waits but T4 (idle), which never had anything to do with these": that is found live only.
 */
static void write_others(struct story *s, const struct finding *f)
{
    uint32_t id = 1, threads = record_used(s->record, TABLE_THREADS);
    while (id < threads && !runs_beside(f, record_thread(s->record, id)))
        id++;
    story_text(s, ", and every other thread waits");
    if (id == threads || f->when == 0)
        return;
    story_text(s, " but ");
    section_beside(s, f);
    story_text(s, ", which never had anything to do with these");
}

/* Whether the same has been said of an earlier side. */
static bool is_like_earlier(const struct story *s, const struct finding *f, const struct want *want)
{
    const struct lock *l = record_lock(s->record, want->lock);
    uint32_t i = 0;
    while (i < f->sides && &f->side[i].want != want) {
        const struct lock *earlier = record_lock(s->record, f->side[i].want.lock);
        if (f->side[i].want.like_it != 0 && f->side[i].want.kind == want->kind && earlier != NULL &&
            earlier->site == l->site)
            return true;
        i++;
    }
    return false;
}

/* Of what lives for one call. */
static void write_like_it(struct story *s, const struct finding *f, const struct want *want)
{
    const char *posted = phrase_woken(s, want);
    if (is_like_earlier(s, f, want)) {
        story_text(s, ": likewise");
        return;
    }
    story_format(s,
                 " was never %s so far; %u that were initialised at the same place were %s, but only by threads that ",
                 posted, want->like_it, posted);
    story_text(s, "cannot go on now");
    write_others(s, f);
}

static void write_posters(struct story *s, const struct finding *f, const struct want *want)
{
    struct thread_ref poster[NAMED];
    bool more;
    unsigned n = query_posters(s->record, want->lock, poster, NAMED, &more);
    const char *posted = phrase_woken(s, want);
    phrase_kind_wanted(s, want);
    if (n == 0 && want->like_it != 0) {
        write_like_it(s, f, want);
        return;
    }
    if (n == 0) {
        story_format(s, " was never %s so far", posted);
        write_others(s, f);
        return;
    }
    story_format(s, " was %s so far only by ", posted);
    for (unsigned i = 0; i < n; i++) {
        story_text(s, i == 0 ? "" : i + 1 == n && !more ? " and by " : ", by ");
        phrase_thread(s, &poster[i]);
        write_why_not(s, f, &poster[i]);
    }
    story_text(s, more ? ", and by others" : "");
    uint32_t serial;
    if (query_signals_without(s->record, want, &serial)) {
        story_format(s, "; T%u did so at least once without acquiring ", serial);
        phrase_lock(s, want->cond_mutex);
        story_text(s, ", and while no thread waited such a signal is lost");
    }
}

/* "; T1 (main), T4 (worker) and a signal handler could still post it". Nothing where that is nobody. */
static void write_free(struct story *s, const struct finding *f, const struct lock *l)
{
    const uint32_t wakers = s->record->header->other_wakers, threads = record_used(s->record, TABLE_THREADS);
    const char *const others[] = {
        (wakers & OTHER_WAKER_HANDLER) != 0 ? "a signal handler" : NULL,
        (wakers & OTHER_WAKER_FOREIGN_THREAD) != 0 ? "a thread unknown to lockwatch" : NULL,
        (l->traits & TRAIT_SHARED) != 0 ? "another process" : NULL,
    };
    enum { OTHERS = sizeof others / sizeof *others };
    uint32_t count = 0, shown = 0, besides = 0;
    for (uint32_t id = 1; id < threads; id++)
        count += runs_beside(f, record_thread(s->record, id));
    for (unsigned i = 0; i < OTHERS; i++)
        besides += others[i] != NULL;
    if (count + besides == 0)
        return;
    story_text(s, "; ");
    bool cut = false;
    for (uint32_t id = 1; id < threads && !cut; id++) {
        const struct thread *t = record_thread(s->record, id);
        if (runs_beside(f, t) && !(cut = phrase_list(s, shown++, count + besides, NAMED)))
            phrase_serial(s, t->serial, t->name);
    }
    for (unsigned i = 0; i < OTHERS && !cut; i++)
        if (others[i] != NULL && !(cut = phrase_list(s, shown++, count + besides, NAMED + OTHERS)))
            story_text(s, others[i]);
    story_text(s, " could still post it");
}

/* A semaphore that counts as a lock: anybody could post it, but so far no thread has that did not hold it. */
static void write_lock_use(struct story *s, const struct finding *f, const struct want *want, const struct lock *l)
{
    phrase_kind_wanted(s, want);
    if ((l->traits & (TRAIT_POSTED | TRAIT_VALUE_KNOWN)) == TRAIT_VALUE_KNOWN && l->value > 1) {
        story_format(s, " was never posted so far, threads that wait for one more hold all its %u units", l->value);
        write_others(s, f);
        return;
    }
    story_text(s, (s->record->header->incomplete & INCOMPLETE_OUTSIDE) != 0
                      ? " counts as a lock, as the thread that holds it stands in a `with` block of it, or has called "
                        "its acquire()"
                  : (l->traits & TRAIT_POSTED) != 0
                      ? " counts as a lock, as only threads that had acquired it have posted it so far"
                      : " counts as a lock, as it is binary and was never posted so far");
    write_free(s, f, l);
}

/* Whether another process can release it; where only the owner can, the judgement does not rest on that. */
static bool is_of_several(const struct lock *l, const struct want *want)
{
    return (l->traits & TRAIT_SHARED) != 0 &&
           (want->kind == KIND_MUTEX || want->kind == KIND_RWLOCK || want->kind == KIND_SPINLOCK);
}

/* The first wait that a thread which runs could cancel: of a join there is nothing else to say. */
static void write_cancel(struct story *s, const struct finding *f, bool *any)
{
    uint32_t i = 0;
    while (i < f->sides && f->side[i].want.kind != KIND_THREAD)
        i++;
    if ((s->record->header->other_wakers & OTHER_WAKER_CANCELS) == 0 || i == f->sides)
        return;
    begin(s, any);
    story_text(s, "the wait for ");
    phrase_kind_wanted(s, &f->side[i].want);
    story_text(s, " can still be cancelled: the program has pthread_cancel");
    story_end(s);
}

/* Waits that fail, or time out, and are begun again. */
static void write_renewed(struct story *s, const struct finding *f, bool *any)
{
    for (uint32_t i = 0; i < f->sides && i < SECTION_SIDES; i++) {
        if ((f->side[i].want.how & WANT_RENEWED) == 0)
            continue;
        begin(s, any);
        story_format(s, "T%u has failed %u times, and neither acquired nor released a lock meanwhile",
                     f->side[i].serial, f->side[i].want.failed);
        story_end(s);
    }
}

void section_grounds(struct story *s, const struct finding *f)
{
    bool any = false;
    for (uint32_t i = 0; i < f->sides && i < SECTION_SIDES; i++) {
        const struct want *want = &f->side[i].want;
        const struct lock *l = record_lock(s->record, want->lock);
        bool again = false, signal = query_signal(s->record, want);
        for (uint32_t j = 0; j < i; j++)
            again |= f->side[j].want.lock == want->lock && (f->side[j].want.how & WANT_END) == 0;
        if (again || l == NULL || (want->how & WANT_END) != 0 ||
            (!signal && want->kind != KIND_SEMAPHORE && !is_of_several(l, want)))
            continue;
        begin(s, &any);
        if (signal) {
            write_posters(s, f, want);
        } else if (want->kind == KIND_SEMAPHORE) {
            write_lock_use(s, f, want, l);
        } else {
            phrase_kind_wanted(s, want);
            story_text(s, " is shared between processes: ");
            if (query_gone(want) != 0)
                story_text(s, "one that comes later could still release it");
            else
                story_text(s, "another one could still release it");
        }
        story_end(s);
    }
    write_renewed(s, f, &any);
    write_cancel(s, f, &any);
}
