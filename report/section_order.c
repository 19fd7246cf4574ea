#include "report/section.h"

/*
 * What could have happened and did not: orders that could close a cycle, and waits with a lock held that those who wake
 * need first.
 */

enum { NAMED = 4 }; /* sides that a sentence names; the others are counted */

static void mode_of(struct story *s, const struct want *want)
{
    if (want->kind == KIND_RWLOCK)
        story_text(s, want->how & WANT_SHARED ? " to read" : " to write");
}

static struct held held_of(struct story *s, const struct side *side)
{
    return query_hold(s->record, side->path, side->held);
}

static const struct side *before(const struct finding *f, uint32_t i)
{
    return &f->side[i == 0 ? f->cycle - 1 : i - 1];
}

/* Between the parts of an enumeration of `count`; true when it is cut short before part i. */
static bool list(struct story *s, uint32_t i, uint32_t count)
{
    if (i == NAMED && count - i > 1) {
        story_format(s, " and %u more", count - i);
        return true;
    }
    story_text(s, i == 0 ? "" : i + 1 == count ? " and " : ", ");
    return false;
}

/* --- lock-order --- */

static void tell_taking(struct story *s, const struct side *side, const char *at)
{
    story_text(s, "\n");
    story_begin(s, 2, 6);
    phrase_stress(s, true);
    phrase_side_tid(s, side);
    story_text(s, " took ");
    story_wanted(s, &side->want, true);
    mode_of(s, &side->want);
    story_text(s, at);
    phrase_stress(s, false);
    story_end(s);
    story_stack(s, side->want.stack, side->want.site, 6);
}

static void tell_side(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    struct held h = held_of(s, side);
    tell_taking(s, side, " at:");
    if (h.address != 0)
        section_hold(s, &h, "while it", true, before(f, i));
    section_holds_then(s, side, side->held, "it also");
}

/* A writer that would stand between two readers. */
static void tell_between(struct story *s, const struct side *side)
{
    tell_taking(s, side, ", and if it has to wait for that, who comes to read waits behind it; at:");
    section_holds_then(s, side, 0, "it");
}

/* "memory before index". */
static void tell_order(struct story *s, const struct side *side)
{
    phrase_lock(s, side->held);
    story_text(s, " before ");
    phrase_wanted(s, &side->want);
}

/* "412 of 413 times memory before index, once index before memory." */
static void tell_times(struct story *s, const struct finding *f)
{
    uint64_t all = query_times(f);
    if (all == 0)
        return;
    story_text(s, "\n");
    story_begin(s, 2, 4);
    if (f->cycle == 1) {
        story_text(s, "Read again ");
        phrase_times(s, f->side[0].times);
    } else if (f->cycle == 2 && f->side[0].times == f->side[1].times) {
        story_text(s, "Either order ");
        phrase_times(s, f->side[0].times);
    } else if (f->cycle == 2) {
        uint32_t most = f->side[1].times > f->side[0].times;
        story_format(s, "%u of %llu times ", f->side[most].times, (unsigned long long)all);
        tell_order(s, &f->side[most]);
        story_text(s, ", ");
        phrase_times(s, f->side[1 - most].times);
        story_text(s, " ");
        tell_order(s, &f->side[1 - most]);
    } else {
        story_text(s, "Seen: ");
        for (uint32_t i = 0; i < f->cycle && i < CHAPTER_SIDES; i++) {
            story_text(s, i == 0 ? "" : ", ");
            tell_order(s, &f->side[i]);
            story_text(s, " ");
            phrase_times(s, f->side[i].times);
        }
    }
    story_text(s, ".");
    story_end(s);
}

/* "T2 between x.c:100 and x.c:300": where it has the one lock and not yet the other. */
static void tell_window(struct story *s, const struct side *side)
{
    struct held h = held_of(s, side);
    if (phrase_same_place(s, h.stack, h.site, side->want.stack, side->want.site)) {
        story_format(s, "T%u at ", side->serial);
        phrase_place(s, h.stack, h.site);
        story_text(s, " between the two");
        return;
    }
    story_format(s, "T%u between ", side->serial);
    phrase_place(s, h.stack, h.site);
    story_text(s, " and ");
    phrase_place(s, side->want.stack, side->want.site);
}

static bool in_one_run(const struct story *s, const struct finding *f)
{
    uint32_t i = 1;
    while (i < f->cycle && query_run(s->record, &f->side[i]) == query_run(s->record, &f->side[0]))
        i++;
    return i >= f->cycle;
}

/* What has to come together for it, and where it was seen. */
static void tell_runs(struct story *s, const struct finding *f)
{
    story_text(s, " no run had all of it; ");
    for (uint32_t i = 0; i < f->cycle && !list(s, i, f->cycle); i++) {
        const struct merged_run *run = query_run(s->record, &f->side[i]);
        story_format(s, i == 0 ? "T%u's part was seen in the run of process %u" : "T%u's in that of %u",
                     f->side[i].serial, run == NULL ? 0 : run->pid);
    }
    story_text(s, ".");
    story_end(s);
}

static void tell_luck(struct story *s, const struct finding *f)
{
    story_text(s, "\n");
    story_begin(s, 2, 6);
    phrase_stress(s, true);
    story_text(s, "Why it did not hang:");
    phrase_stress(s, false);
    if (!in_one_run(s, f)) {
        tell_runs(s, f);
        return;
    }
    story_text(s, " that takes ");
    for (uint32_t i = 0; i < f->cycle && !list(s, i, f->cycle); i++)
        tell_window(s, &f->side[i]);
    for (uint32_t i = f->cycle; i < f->sides && i < f->cycle + NAMED; i++)
        story_format(s, "%sT%u just waiting to write", i == f->cycle ? ", with " : " and ", f->side[i].serial);
    story_text(s, f->sides > f->cycle ? "," : "");
    story_text(s, " at one moment, and that did not come about.");
    story_end(s);
}

static void tell_count(struct story *s, const struct finding *f)
{
    if (f->count > 1)
        story_format(s, "\n  And %u more like it: other locks of these names, taken in the same places.\n",
                     f->count - 1);
}

void section_order(struct story *s, const struct finding *f)
{
    for (uint32_t i = 0; i < f->cycle && i < CHAPTER_SIDES; i++)
        tell_side(s, f, i);
    if (f->cycle > CHAPTER_SIDES)
        story_format(s, "\n  and others, of %u in all\n", f->cycle);
    for (uint32_t i = f->cycle; i < f->sides && i < f->cycle + NAMED; i++)
        tell_between(s, &f->side[i]);
    tell_times(s, f);
    tell_luck(s, f);
    tell_count(s, f);
}

/* --- wait-holding --- */

/* What a waker did to what is waited for; and what has to come before the wait for it not to last. */
static const char *deed(uint16_t kind)
{
    static const char *const words[KIND_COUNT] = {[KIND_SEMAPHORE] = " posted it",
                                                  [KIND_CONDITION] = " signalled it",
                                                  [KIND_BARRIER] = " arrived there",
                                                  [KIND_THREAD] = " is waited for"};
    return kind < KIND_COUNT && words[kind] != NULL ? words[kind] : " ended the wait";
}

static void tell_waiter(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    struct held h = held_of(s, side);
    story_text(s, "\n");
    story_begin(s, 2, 6);
    phrase_stress(s, true);
    phrase_side_tid(s, side);
    phrase_waits(s, &side->want, true);
    story_wanted(s, &side->want, true);
    if (side->times > 1)
        story_format(s, ", %u times", side->times);
    story_text(s, side->times > 1 ? ", at:" : " at:");
    phrase_stress(s, false);
    story_end(s);
    story_stack(s, side->want.stack, side->want.site, 6);
    if (h.address != 0)
        section_hold(s, &h, "while it", true, f->sides > 1 ? &f->side[1] : NULL);
    section_holds_then(s, side, side->held, "it also");
}

/* "T3 (producer, tid 4003) posted it 40 times, each time after it had taken mutex m, at:" */
static void tell_waker(struct story *s, const struct finding *f, const struct side *side)
{
    const struct want *want = &f->side[0].want;
    bool join = want->kind == KIND_THREAD, placed = side->want.stack != 0 || side->want.site != 0;
    story_text(s, "\n");
    story_begin(s, 2, 6);
    phrase_stress(s, true);
    phrase_side_tid(s, side);
    story_text(s, join ? " took " : deed(want->kind));
    if (join) {
        story_lock(s, f->side[0].held, true);
        story_text(s, " before it ended");
    }
    if (side->times > (join ? 1 : 0)) {
        story_text(s, join ? ", " : " ");
        phrase_times(s, side->times);
    }
    if (!join) {
        story_text(s, side->times == 1 ? ", after it had taken " : ", each time after it had taken ");
        story_lock(s, f->side[0].held, false);
    }
    story_text(s, placed ? ", at:" : "");
    phrase_stress(s, false);
    story_end(s);
    if (placed)
        story_stack(s, side->want.stack, side->want.site, 6);
    section_holds_then(s, side, join ? f->side[0].held : 0, "it");
}

static void tell_wait_luck(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    const struct want *want = &side->want;
    story_text(s, "\n");
    story_begin(s, 2, 6);
    phrase_stress(s, true);
    story_text(s, "Why it did not hang:");
    phrase_stress(s, false);
    if (want->kind == KIND_THREAD)
        story_format(s, " T%u had been through ", want->thread_serial);
    else
        story_text(s, " who ended the wait had always been through ");
    phrase_lock(s, side->held);
    story_format(s, want->kind == KIND_THREAD ? " for the last time before T%u took it" : " before T%u took it",
                 side->serial);
    if (want->kind == KIND_SEMAPHORE)
        story_text(s, ", or a unit was left");
    story_format(s, ". Once T%u comes first, it waits for good.", side->serial);
    if (want->kind != KIND_THREAD && want->kind != KIND_BARRIER) {
        story_text(s, " This rests on who was seen to wake it so far: somebody who does not need ");
        phrase_lock(s, side->held);
        story_text(s, " may yet come.");
    }
    story_end(s);
}

void section_await(struct story *s, const struct finding *f)
{
    tell_waiter(s, f);
    for (uint32_t i = 1; i < f->sides && i < CHAPTER_SIDES; i++)
        tell_waker(s, f, &f->side[i]);
    if (f->sides > CHAPTER_SIDES)
        story_format(s, "\n  and others, of %u in all\n", f->sides);
    tell_wait_luck(s, f);
    tell_count(s, f);
}

/* --- notes --- */

/* "T2 (worker) took index at x.c:300 with memory in hand, taken at x.c:100; 412 times". */
static void note_side(struct story *s, const struct side *side, bool waits)
{
    struct held h = held_of(s, side);
    story_begin(s, 2, 4);
    phrase_side(s, side);
    if (waits)
        phrase_waits(s, &side->want, true);
    else
        story_text(s, " took ");
    phrase_wanted(s, &side->want);
    mode_of(s, &side->want);
    phrase_at(s, side->want.stack, side->want.site);
    if (h.address != 0) {
        story_text(s, " with ");
        phrase_lock(s, side->held);
        story_text(s, h.how & HOW_SHARED ? " in hand to read, taken" : " in hand, taken");
        phrase_at(s, h.stack, h.site);
    }
    if (side->times != 0) {
        story_text(s, "; ");
        phrase_times(s, side->times);
    }
    story_end(s);
}

static void note_waker(struct story *s, const struct finding *f, const struct side *side)
{
    story_begin(s, 2, 4);
    phrase_side(s, side);
    if (f->side[0].want.kind == KIND_THREAD) {
        story_text(s, " took ");
        phrase_lock(s, f->side[0].held);
        story_text(s, " before it ended");
    } else {
        story_text(s, deed(f->side[0].want.kind));
    }
    if (side->want.stack != 0 || side->want.site != 0)
        phrase_at(s, side->want.stack, side->want.site);
    if (side->times > (f->side[0].want.kind == KIND_THREAD ? 1 : 0)) {
        story_text(s, "; ");
        phrase_times(s, side->times);
    }
    story_end(s);
}

/* The condition of the four that is not met, and why. */
static void note_failing(struct story *s, const struct finding *f)
{
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++) {
        if (coffman_met(s->record, f, c))
            continue;
        story_begin(s, 2, 4);
        story_format(s, "No deadlock, as %s is not met: ", coffman_word(c));
        coffman_evidence(s, f, c);
        story_text(s, ".");
        story_end(s);
    }
}

void section_note(struct story *s, const struct finding *f)
{
    bool order = f->kind == FINDING_LOCK_ORDER;
    for (uint32_t i = 0; i < f->sides && i < CHAPTER_SIDES; i++) {
        if (order || i == 0)
            note_side(s, &f->side[i], !order);
        else
            note_waker(s, f, &f->side[i]);
    }
    note_failing(s, f);
    if (f->count > 1)
        story_format(s, "  And %u more like it.\n", f->count - 1);
}
