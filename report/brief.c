#include "report/brief.h"

#include "report/side_text.h"

enum { THREADS_MAX = 32 }; /* that are named */

/* Where the cycle comes back to, or who has what the only side wants. */
static void write_cycle_end(struct story *s, const struct finding *f)
{
    struct thread_ref end;
    struct held hold;
    if (f->cycle != 0 && (f->cycle > 1 || query_self(f))) {
        phrase_side(s, &f->side[0]);
    } else if (f->sides != 0 && query_holder(s->record, f, 0, &end, &hold)) {
        bool forked = end.slot != NULL && (end.slot->traits & THREAD_NOT_FORKED) != 0;
        phrase_thread(s, &end);
        if (forked)
            story_text(s, ", not copied by fork()");
        else
            phrase_fate(s, &end);
    } else if (f->sides != 0 && query_gone(&f->side[0].want) != 0) {
        phrase_gone(s, &f->side[0].want);
    } else {
        story_text(s, "no thread");
    }
}

void story_cycle(struct story *s, const struct finding *f)
{
    uint32_t last = f->cycle != 0 ? f->cycle : f->sides != 0;
    for (uint32_t i = 0; i < last; i++) {
        const struct side *side = &f->side[i], *between = query_between(f, i);
        if (i == THREADS_MAX) {
            story_format(s, "%u more -> ", f->cycle - i);
            break;
        }
        phrase_side(s, side);
        story_text(s, " ->" STORY_GLUE);
        if (side->want.kind == KIND_THREAD)
            continue;
        phrase_kind_wanted(s, &side->want);
        story_text(s, " ->" STORY_GLUE);
        if (between != NULL) {
            phrase_side(s, between);
            story_text(s, ", a waiting writer ->" STORY_GLUE);
        }
    }
    write_cycle_end(s, f);
}

void story_cycle_lines(struct story *s, const struct finding *f)
{
    s->finding = f;
    if (finding_is_cyclic(f) && f->sides != 0 && !finding_is_declared(f)) {
        story_begin(s, 2, 4);
        story_cycle(s, f);
        story_end(s);
    }
    phrase_short_names(s, false);
}

void story_brief(struct story *s, const struct finding *f)
{
    story_cycle_lines(s, f);
    for (uint32_t i = 0; i < f->sides; i++) {
        if (i == THREADS_MAX) {
            story_format(s, "  and %u more\n", f->sides - i);
            break;
        }
        side_line(s, f, i);
    }
    phrase_short_names(s, false);
}
