#include "report/full/section.h"

enum { NAMED = 4 }; /* sides that a sentence names; the others are counted */

/* Whether the process of the record is, or was at its end, in a deadlock: then nobody asks why it did not hang. */
static bool hangs(const struct story *s, const struct finding *f)
{
    struct finding other;
    uint32_t used = record_used(s->record, TABLE_FINDINGS);
    for (uint32_t id = 1; id < used; id++)
        if (finding_stored(s->record, id, &other) && other.kind == FINDING_DEADLOCK && other.reason == REASON_NONE)
            return true;
    for (uint32_t i = 0; i < f->sides; i++) {
        struct thread_ref p = query_side_thread(s->record, &f->side[i]);
        if (p.slot != NULL && p.slot->state == THREAD_RUNNING && p.slot->sequence % 2 == 1 &&
            p.slot->want.lock == f->side[i].want.lock)
            return true;
    }
    return false;
}

static void write_count(struct story *s, const struct finding *f)
{
    if (f->count < 2)
        return;
    story_begin(s, 2, 4);
    story_format(s, "%u more like it: other locks of these names, acquired in the same places.", f->count - 1);
    story_end(s);
}

/* --- lock-order --- */

/* "memory -> index: 412 times; index -> memory: once." */
static void write_times(struct story *s, const struct finding *f)
{
    if (query_times(f) == 0)
        return;
    story_begin(s, 2, 4);
    for (uint32_t i = 0; i < f->cycle && i < SECTION_SIDES; i++) {
        const struct side *side = &f->side[i];
        story_text(s, i == 0 ? "" : "; ");
        phrase_lock(s, side->held);
        story_text(s, STORY_GLUE "->" STORY_GLUE);
        phrase_wanted(s, &side->want);
        story_text(s, ": ");
        phrase_times(s, side->times);
    }
    story_text(s, ".");
    story_end(s);
}

/* "A unit of x was acquired while holding 1 of its 4 units: 12 times; while holding 2: once." */
static void write_unit_times(struct story *s, const struct finding *f)
{
    const struct lock *l = record_lock(s->record, f->side[0].held);
    unsigned shown = 0;
    story_begin(s, 2, 4);
    story_text(s, "A unit of ");
    phrase_lock(s, f->side[0].held);
    story_text(s, " was acquired ");
    for (uint32_t i = 0; i < f->cycle && i < SECTION_SIDES; i++) {
        const unsigned units = side_units(s, &f->side[i], f->side[i].held);
        uint32_t before = 0;
        while (before < i && side_units(s, &f->side[before], f->side[before].held) != units)
            before++;
        if (before < i)
            continue;
        story_format(s, shown++ == 0 ? "while holding %u of its %u units: " : "; while holding %u: ", units,
                     l == NULL ? 0 : l->value);
        phrase_times(s, f->side[i].times);
    }
    story_text(s, ".");
    story_end(s);
}

static bool in_one_run(const struct story *s, const struct finding *f)
{
    uint32_t i = 1;
    while (i < f->cycle && query_run(s->record, &f->side[i]) == query_run(s->record, &f->side[0]))
        i++;
    return i >= f->cycle;
}

/* Where in a merged record each part was seen. */
static void write_runs(struct story *s, const struct finding *f)
{
    story_text(s, "No single run had all of it: ");
    for (uint32_t i = 0; i < f->cycle && !phrase_list(s, i, f->cycle, NAMED); i++) {
        const struct merged_run *run = query_run(s->record, &f->side[i]);
        story_format(s, i == 0 ? "T%u's part was seen in process %u" : "T%u's in process %u", f->side[i].serial,
                     run == NULL ? 0 : run->pid);
    }
}

/* It was a deadlock for a while. */
static void write_broken(struct story *s, const struct finding *f)
{
    story_text(s, f->count > 1 ? "The longest of them stood for " : "It stood for ");
    phrase_duration(s, f->lasted);
    story_format(s, ", until T%u's wait", f->side[0].serial);
    phrase_at(s, &f->side[0].want);
    story_text(s, " timed out");
}

/* Between which places all of them would have to be at once. */
static void write_windows(struct story *s, const struct finding *f)
{
    story_text(s, "It did not deadlock in this run because ");
    for (uint32_t i = 0; i < f->cycle && !phrase_list(s, i, f->cycle, NAMED); i++)
        story_format(s, "T%u", f->side[i].serial);
    story_format(s, f->cycle == 1 ? " was never between its two acquisitions ("
                                  : " were never between their two acquisitions (");
    for (uint32_t i = 0; i < f->cycle && !phrase_list(s, i, f->cycle, NAMED); i++) {
        struct held h = query_hold(s->record, f->side[i].path, f->side[i].held);
        phrase_range(s, &h, &f->side[i].want);
    }
    story_text(s, f->cycle == 1 ? ")" : ") at the same time");
    for (uint32_t i = f->cycle; i < f->sides && i < f->cycle + NAMED; i++)
        story_format(s, "%sT%u%s", i == f->cycle ? " while " : " and ", f->side[i].serial,
                     i + 1 == f->sides || i + 1 == f->cycle + NAMED ? " waited to write" : "");
}

/* What the thread did, then which declarations it goes against. */
static void write_declared(struct story *s, const struct finding *f)
{
    story_gap(s);
    side_stacks(s, f, 0);
    for (uint32_t i = 1; i < f->sides && i < SECTION_SIDES; i++) {
        const struct want *second = &f->side[i].want;
        story_gap(s);
        story_begin(s, 2, 4);
        story_stress(s, true);
        phrase_side(s, &f->side[i]);
        story_text(s, " declared ");
        phrase_lock(s, f->side[i].held);
        story_text(s, " to come before ");
        phrase_wanted(s, second);
        story_text(s, ", at:");
        story_stress(s, false);
        story_end(s);
        story_stack(s, second->stack, second->site, 4);
    }
    write_count(s, f);
}

void section_order(struct story *s, const struct finding *f)
{
    if (finding_is_declared(f)) {
        write_declared(s, f);
        return;
    }
    section_sides(s, f);
    story_gap(s);
    if (finding_is_units(f))
        write_unit_times(s, f);
    else
        write_times(s, f);
    if (query_stood(f) || !in_one_run(s, f) || !hangs(s, f)) {
        story_begin(s, 2, 4);
        if (query_stood(f))
            write_broken(s, f);
        else if (in_one_run(s, f))
            write_windows(s, f);
        else
            write_runs(s, f);
        story_text(s, ".");
        story_end(s);
    }
    write_count(s, f);
}

/* --- wait-holding --- */

/* Who ended the wait, and had the lock before. */
static void write_wakers(struct story *s, const struct finding *f)
{
    if (f->sides < 2)
        story_text(s, "The threads that ended the wait");
    for (uint32_t i = 1; i < f->sides && !phrase_list(s, i - 1, f->sides - 1, NAMED); i++)
        story_format(s, "T%u", f->side[i].serial);
}

static void write_luck(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    bool join = side->want.kind == KIND_THREAD;
    write_wakers(s, f);
    story_text(s, join ? " released " : " always released ");
    phrase_lock(s, side->held);
    story_text(s, join ? " for the last time" : "");
    story_format(s, " before T%u acquired it", side->serial);
    if (side->want.kind == KIND_SEMAPHORE)
        story_text(s, ", or the semaphore was already positive");
    story_text(s, ". ");
}

/* "T2's wait (x.c:5) and T4's two acquisitions (x.c:7) did not coincide": of a longer cycle. */
static void write_coincidence(struct story *s, const struct finding *f)
{
    uint32_t parts = 0, shown = 0;
    for (uint32_t i = 0; i < f->cycle; i++)
        parts += query_deed(s->record, f, i) != DEED_WOKE;
    story_text(s, "It did not deadlock in this run because ");
    for (uint32_t i = 0; i < f->cycle; i++) {
        const struct side *side = &f->side[i];
        const enum query_deed deed = query_deed(s->record, f, i);
        if (deed == DEED_WOKE)
            continue;
        if (phrase_list(s, shown++, parts, NAMED))
            break;
        story_format(s, deed == DEED_WAITED ? "T%u's wait (" : "T%u's two acquisitions (", side->serial);
        struct held h = query_hold(s->record, side->path, side->held);
        if (deed == DEED_WAITED)
            phrase_place(s, side->want.stack, side->want.site);
        else
            phrase_range(s, &h, &side->want);
        story_text(s, ")");
    }
    story_text(s, " did not coincide. ");
}

/* What it rests on: who else could end the waits. */
static void write_basis(struct story *s, const struct finding *f)
{
    uint32_t shown = 0;
    for (uint32_t i = 0; i < f->cycle; i++) {
        const struct want *want = &f->side[i].want;
        if (query_deed(s->record, f, i) != DEED_WAITED || want->kind == KIND_THREAD || want->kind == KIND_BARRIER)
            continue;
        story_format(s, shown++ == 0 ? " Based on the wakers seen in this run; a thread that %ss " : ", or %ss ",
                     phrase_wake(s, want));
        if (f->cycle > 2) {
            phrase_wanted(s, want);
            story_text(s, " ");
        }
        story_text(s, "without ");
        phrase_lock(s, query_needed(f, i + 1 < f->cycle ? i + 1 : 0));
    }
    if (shown > 0)
        story_text(s, " would make it harmless.");
}

void section_wait_holding(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    section_sides(s, f);
    story_gap(s);
    story_begin(s, 2, 4);
    if (f->cycle > 2) {
        if (!hangs(s, f))
            write_coincidence(s, f);
        story_text(s, "If they do, all of them block forever.");
    } else {
        if (!hangs(s, f))
            write_luck(s, f);
        story_format(s, "If T%u acquires ", side->serial);
        phrase_lock(s, side->held);
        story_text(s, f->sides > 2 ? " first, all of them block forever." : " first, both block forever.");
    }
    write_basis(s, f);
    story_end(s);
    write_count(s, f);
}
