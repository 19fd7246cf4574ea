#include "report/finding_text.h"

#include "report/rules.h"
#include "report/section.h"

#include <stdio.h>

enum { PEOPLE_MAX = 32 }; /* that a cycle names */

void story_cycle(struct story *s, const struct finding *f)
{
    uint32_t last = f->cycle != 0 ? f->cycle : f->sides != 0;
    for (uint32_t i = 0; i < last; i++) {
        const struct side *side = &f->side[i];
        struct thread_ref who = query_side_thread(s->record, side);
        if (i == PEOPLE_MAX) {
            story_format(s, "%u more -> ", f->cycle - i);
            break;
        }
        phrase_thread(s, &who);
        story_text(s, " -> ");
        if (side->want.kind != KIND_THREAD) {
            story_wanted(s, &side->want, false);
            story_text(s, " -> ");
        }
    }
    struct thread_ref end;
    struct held hold;
    if (f->cycle != 0 && (f->cycle > 1 || query_self(f))) {
        end = query_side_thread(s->record, &f->side[0]);
        phrase_thread(s, &end);
    } else if (f->sides != 0 && query_holder(s->record, f, 0, &end, &hold)) {
        phrase_thread(s, &end);
        if (thread_ref_ended(&end))
            story_text(s, ", which has ended");
    } else {
        story_text(s, "nobody");
    }
}

static void tell_coffman(struct story *s, const struct finding *f)
{
    unsigned met = 0;
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++)
        met += coffman_met(s->record, f, c);
    if (f->kind != FINDING_DEADLOCK && met == COFFMAN_COUNT)
        story_text(s, "\n  The four conditions of a deadlock, as they would all be met:\n");
    else if (met == COFFMAN_COUNT)
        story_text(s, "\n  The four conditions of a deadlock, all of them met:\n");
    else
        story_format(s, "\n  Of the four conditions of a deadlock, %u %s met:\n", met,
                     f->kind != FINDING_DEADLOCK ? "would be"
                     : met == 1                  ? "is"
                                                 : "are");
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++) {
        char label[40];
        snprintf(label, sizeof label, "    %-18s  %-7s  ", coffman_word(c),
                 coffman_met(s->record, f, c) ? "met" : "not met");
        story_text(s, label);
        story_begin(s, 0, 33);
        s->fill.column = 33;
        coffman_evidence(s, f, c);
        story_end(s);
    }
}

void story_finding(struct story *s, const struct finding *f)
{
    s->finding = f;
    if (f->sides == 0)
        return;
    if (finding_is_cyclic(f)) {
        story_begin(s, 2, 4);
        story_cycle(s, f);
        story_end(s);
    }
    if (f->reason == REASON_WENT_ON) {
        story_text(s, "\n  A thread of it went on, so it was none. As it stood until then:\n");
        section_deadlock(s, f);
        return;
    }
    if (f->kind == FINDING_DEADLOCK) {
        section_deadlock(s, f);
    } else if (!finding_is_cyclic(f)) {
        section_mistake(s, f);
    } else if (f->severity == SEVERITY_NOTE) {
        section_note(s, f);
        return;
    } else if (f->kind == FINDING_LOCK_ORDER) {
        section_order(s, f);
    } else {
        section_await(s, f);
    }
    if (f->kind == FINDING_DEADLOCK && f->confidence == CONFIDENCE_LIKELY)
        section_grounds(s, f);
    if (finding_is_cyclic(f))
        tell_coffman(s, f);
    story_text(s, "\n");
    story_begin(s, 2, 6);
    phrase_stress(s, true);
    story_text(s, "What to change:");
    phrase_stress(s, false);
    story_text(s, " ");
    story_advice(s, f);
    story_end(s);
}
