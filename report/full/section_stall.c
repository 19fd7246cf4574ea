#include "report/full/section.h"

#include "record/kernel_word.h"

enum { SHOWN = 8 }; /* threads behind the chain that are named */

/* "T4 (user) waits for mutex m, T1 (main) for the end of T3". */
static void write_behind(struct story *s, const struct finding *f)
{
    uint32_t count = f->sides - f->cycle;
    if (f->cycle == 0 || count == 0)
        return;
    story_begin(s, 2, 4);
    story_text(s, "Behind them: ");
    for (uint32_t i = 0; i < count && !phrase_list(s, i, count, SHOWN); i++) {
        const struct want *want = &f->side[f->cycle + i].want;
        phrase_side(s, &f->side[f->cycle + i]);
        story_text(s, " waits for ");
        phrase_wanted(s, want);
    }
    story_end(s);
}

/* "T3 (net) and T4 (timer)", "others". */
static void write_posters(struct story *s, const struct thread_ref *poster, unsigned n, bool more)
{
    for (unsigned i = 0; i < n; i++) {
        story_text(s, i == 0 ? "" : i + 1 == n && !more ? " and " : ", ");
        phrase_thread(s, &poster[i]);
        phrase_fate(s, &poster[i]);
    }
    story_text(s, n > 0 && more ? " and others" : n == 0 ? "others" : "");
}

/* Who has ended such waits so far, and else who could. */
static void write_could(struct story *s, const struct finding *f, const struct want *want)
{
    enum { POSTERS = 3 };
    struct thread_ref poster[POSTERS];
    bool more;
    unsigned n = query_posters(s->record, want->lock, poster, POSTERS, &more);
    phrase_kind_wanted(s, want);
    if (n > 0 || more) {
        story_format(s, " was %s so far by ", phrase_woken(s, want));
        write_posters(s, poster, n, more);
        story_text(s, ", and may be again");
        return;
    }
    story_format(s, " was never %s so far; ", phrase_woken(s, want));
    if (!section_beside(s, f))
        story_text(s, "a signal handler or another process");
    story_format(s, " could still %s it", phrase_wake(s, want));
}

/* Why it is not known that the thread at the end of the chain can never go on. */
static void write_end(struct story *s, const struct finding *f)
{
    const struct side *end = &f->side[f->cycle - 1];
    struct thread_ref p = query_side_thread(s->record, end);
    const struct want *want = &end->want;
    if (want->kind == KIND_SEMAPHORE && query_hold(s->record, end->path, want->lock).address != 0) {
        phrase_kind_wanted(s, want);
        story_text(s, " was never posted so far, so any thread may be about to post it");
    } else if (want->kind == KIND_THREAD) {
        story_format(s, "T%u waits for the end of T%u, which goes on", end->serial, want->thread_serial);
    } else if ((want->how & WANT_TIMED) != 0) {
        story_format(s, "T%u goes on when its time-out has passed", end->serial);
    } else if (want->kind != KIND_NONE) {
        write_could(s, f, want);
    } else if (p.slot != NULL && (query_unseen(p.slot) || kernel_word_unseen(p.slot, false))) {
        story_format(s, "it is not known what T%u waits for, nor who could wake it", end->serial);
    } else {
        bool input = p.slot != NULL && (p.slot->kernel.how & CALL_OUTSIDE) != 0;
        story_format(s, input ? "T%u waits for input, and may still release " : "T%u goes on, so it may still release ",
                     end->serial);
        phrase_lock(s, end->held);
    }
}

static void write_why_not(struct story *s, const struct finding *f)
{
    story_begin(s, 2, 4);
    story_text(s, "Not called a deadlock: ");
    if (f->cycle == 0 && f->beside && section_beside(s, f)) {
        story_text(s, " could still wake one of them for the first time, or a signal handler, another process or "
                      "something that lockwatch did not see");
    } else if (f->cycle == 0) {
        story_text(s, "a signal handler, another process or something that lockwatch did not see could still wake one "
                      "of them");
    } else {
        write_end(s, f);
    }
    story_text(s, ".");
    if (f->idle)
        story_text(s, " They may be no more than idle.");
    story_end(s);
}

/* Of the last one, which may run: then only its list says how it acquired the lock. */
static void write_kept(struct story *s, const struct finding *f, uint32_t i)
{
    struct held h = query_kept(s->record, f, i);
    if (h.address == 0 || f->side[i].path != 0)
        return;
    story_begin(s, 2, 4);
    side_holding(s, &h, 1);
    story_text(s, ", acquired" STORY_GLUE "at:");
    story_end(s);
    story_stack(s, h.stack, h.site, 4);
}

void section_stall(struct story *s, const struct finding *f)
{
    uint32_t shown = f->cycle != 0 ? f->cycle : f->sides;
    for (uint32_t i = 0; i < shown && i < SECTION_SIDES; i++) {
        if (i > 0)
            story_gap(s);
        side_stacks(s, f, i);
        write_kept(s, f, i);
    }
    if (shown > SECTION_SIDES)
        story_format(s, "  and %u more\n", shown - SECTION_SIDES);
    story_gap(s);
    write_behind(s, f);
    write_why_not(s, f);
}
