#include "report/full/finding_text.h"

#include "report/brief.h"
#include "report/full/rules.h"
#include "report/full/section.h"

static void write_topic(struct story *s, const char *topic)
{
    story_begin(s, 2, 4);
    story_stress(s, true);
    story_text(s, topic);
    story_stress(s, false);
    story_text(s, " ");
}

/* --- the Coffman conditions --- */

static unsigned count_met(struct story *s, const struct finding *f)
{
    unsigned met = 0;
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++)
        met += coffman_met(s, f, c);
    return met;
}

/* "; no preemption: met in effect, T2 has retried 412 times in 2.10 s". */
static void write_in_effect(struct story *s, const struct finding *f)
{
    bool renewed = false;
    for (uint32_t i = 0; i < f->cycle; i++)
        renewed |= (f->side[i].want.how & WANT_RENEWED) != 0;
    if (!renewed)
        return;
    story_format(s, "; %s: ", coffman_word(NO_PREEMPTION));
    coffman_evidence(s, f, NO_PREEMPTION);
}

/* "all four hold", "3 of 4 hold; not hold and wait". */
static void write_conditions(struct story *s, const struct finding *f)
{
    const char *would = f->kind == FINDING_DEADLOCK ? "" : "would ";
    unsigned met = count_met(s, f);
    write_topic(s, "Coffman conditions:");
    if (met == COFFMAN_COUNT) {
        story_format(s, "all four %shold", would);
        write_in_effect(s, f);
        story_text(s, ".");
    } else {
        unsigned missing = 0;
        story_format(s, "%u of 4 %shold", met, would);
        for (enum coffman c = 0; c < COFFMAN_COUNT; c++)
            if (!coffman_met(s, f, c))
                story_format(s, "%s%s", missing++ == 0 ? "; not " : ", not ", coffman_word(c));
        story_text(s, ".");
    }
    story_end(s);
}

static void write_evidence(struct story *s, const struct finding *f)
{
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++) {
        story_begin(s, 4, 6);
        story_format(s, "%s %s: ", coffman_word(c), coffman_met(s, f, c) ? "holds" : "does not hold");
        coffman_evidence(s, f, c);
        story_text(s, ".");
        story_end(s);
    }
}

/* --- the whole --- */

/* A cycle of lock orders, or a wait with a lock held, that is no more than a note: why it is none. */
static void write_no_deadlock(struct story *s, const struct finding *f)
{
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++) {
        if (coffman_met(s, f, c))
            continue;
        story_begin(s, 2, 4);
        story_text(s, "Not a deadlock: ");
        coffman_evidence(s, f, c);
        story_format(s, ", so \"%s\" does not hold.", coffman_word(c));
        story_end(s);
    }
    if (f->count > 1)
        story_format(s, "  %u more like it.\n", f->count - 1);
}

static void write_mistake(struct story *s, const struct finding *f)
{
    side_stacks(s, f, 0);
    if (f->sides > 1 && query_part(s->record, f) != PART_NONE) {
        story_gap(s);
        side_stacks(s, f, 1);
    }
    story_gap(s);
    write_topic(s, f->severity == SEVERITY_NOTE ? "Why it matters:" : "Why it is a mistake:");
    rules_why(s, f);
    story_end(s);
}

static void write_sides(struct story *s, const struct finding *f)
{
    if (f->kind == FINDING_DEADLOCK)
        section_deadlock(s, f);
    else if (f->kind == FINDING_STALL)
        section_stall(s, f);
    else if (!finding_is_cyclic(f))
        write_mistake(s, f);
    else if (f->kind == FINDING_LOCK_ORDER)
        section_order(s, f);
    else
        section_wait_holding(s, f);
    if (f->kind == FINDING_DEADLOCK && f->confidence == CONFIDENCE_LIKELY)
        section_grounds(s, f);
}

void story_finding(struct story *s, const struct finding *f)
{
    bool note = finding_is_cyclic(f) && f->severity == SEVERITY_NOTE;
    s->finding = f;
    if (f->sides == 0)
        return;
    if (f->reason == REASON_WENT_ON) {
        story_cycle_lines(s, f);
        story_text(s, "\n  A thread of it continued, so it was not a deadlock. Until then:\n");
        section_deadlock(s, f);
        return;
    }
    if (note) {
        story_brief(s, f);
        write_no_deadlock(s, f);
        if (!s->explain)
            return;
    } else {
        story_cycle_lines(s, f);
        write_sides(s, f);
    }
    phrase_short_names(s, true);
    if (finding_is_cyclic(f))
        story_gap(s);
    write_topic(s, "What to change:");
    story_advice(s, f);
    story_end(s);
    if (!finding_is_cyclic(f) || finding_is_declared(f))
        return;
    write_conditions(s, f);
    if (s->explain)
        write_evidence(s, f);
}
