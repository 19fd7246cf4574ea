#include "report/rules.h"
#include "report/section.h"

/* What was done, before and behind the name of the lock. */
struct deed {
    const char *before, *behind;
};

static struct deed deed_of(enum finding_kind kind)
{
    static const struct deed deeds[FINDING_KINDS] = {
        [FINDING_UNLOCK_NOT_OWNER] = {" unlocked ", ""},
        [FINDING_UNLOCK_NOT_HELD] = {" unlocked ", ", which nobody held"},
        [FINDING_DESTROY_IN_USE] = {" destroyed ", ""},
        [FINDING_INIT_IN_USE] = {" initialised ", ""},
        [FINDING_EXIT_HOLDING] = {" ended without releasing ", ""},
        [FINDING_COND_MUTEX_NOT_HELD] = {" waited on ", " without holding "},
        [FINDING_COND_TWO_MUTEXES] = {" waited on ", ""},
        [FINDING_RELOCK] = {" locked ", ", which was refused"},
        [FINDING_STARVATION] = {" waited for ", ""},
        [FINDING_LONG_HOLD] = {" took ", ""},
        [FINDING_SPIN_BLOCKED] = {" called what may block on ", ""},
    };
    static const struct deed unknown = {" has to do with ", ""};
    return deeds[kind].before != NULL ? deeds[kind] : unknown;
}

static void tell_deed(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    struct deed deed = deed_of(f->kind);
    story_begin(s, 2, 6);
    phrase_stress(s, true);
    phrase_side_tid(s, side);
    story_text(s, deed.before);
    struct want want = side->want;
    if (f->kind == FINDING_COND_MUTEX_NOT_HELD)
        want.cond_mutex = 0;
    story_wanted(s, &want, true);
    if ((side->want.how & WANT_SHARED) != 0)
        story_text(s, " to read");
    story_text(s, deed.behind);
    if (f->kind == FINDING_COND_MUTEX_NOT_HELD)
        story_lock(s, side->want.cond_mutex, true);
    if (f->lasted != 0) {
        story_text(s, f->kind == FINDING_LONG_HOLD ? " and held it for " : " for ");
        story_duration(s, f->lasted);
    }
    if (f->kind == FINDING_STARVATION && side->times != 0) {
        story_text(s, ", while others came before it ");
        phrase_times(s, side->times);
    }
    if (f->kind == FINDING_SPIN_BLOCKED && side->times > 1)
        story_format(s, " %u times", side->times);
    if (f->count > 1)
        story_format(s, ", the first of %u times", f->count);
    if (f->kind == FINDING_EXIT_HOLDING)
        story_text(s, ", taken" PHRASE_GLUE "at:");
    else
        story_text(s, f->count > 1 || f->lasted != 0 || deed.behind[0] == ',' ? ", at:" : " at:");
    phrase_stress(s, false);
    story_end(s);
    story_stack(s, side->want.stack, side->want.site, 6);
}

/* What it held, the lock that matters first. */
static void tell_holds(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    uint32_t first = f->kind == FINDING_SPIN_BLOCKED ? side->held : query_subject(f);
    struct held h = query_hold(s->record, side->path, first);
    bool said = f->kind == FINDING_EXIT_HOLDING || f->kind == FINDING_LONG_HOLD;
    if (h.address != 0 && !said)
        section_hold(s, &h, "while it", true, NULL);
    section_holds_then(s, side, first, h.address != 0 ? "it also" : "it");
}

static void tell_other(struct story *s, const struct finding *f)
{
    uint32_t lock = query_subject(f);
    enum query_part part = query_part(s->record, f);
    if (part == PART_NONE || f->sides < 2)
        return;
    const struct side *side = &f->side[1];
    story_text(s, "\n");
    story_begin(s, 2, 6);
    phrase_side_tid(s, side);
    if (part == PART_HOLDS) {
        struct held h = query_hold(s->record, side->path, lock);
        story_text(s, " held ");
        story_lock(s, lock, false);
        if (h.how & HOW_SHARED)
            story_text(s, " to read");
        story_text(s, ", taken" PHRASE_GLUE "at:");
        story_end(s);
        story_stack(s, h.stack, h.site, 6);
        return;
    }
    phrase_waits(s, &side->want, true);
    story_wanted(s, &side->want, false);
    story_text(s, " at:");
    story_end(s);
    story_stack(s, side->want.stack, side->want.site, 6);
}

void section_mistake(struct story *s, const struct finding *f)
{
    tell_deed(s, f);
    tell_holds(s, f);
    tell_other(s, f);
    story_text(s, "\n");
    story_begin(s, 2, 6);
    phrase_stress(s, true);
    story_text(s, f->severity == SEVERITY_NOTE ? "Why it matters:" : "Why it is a mistake:");
    phrase_stress(s, false);
    story_text(s, " ");
    rules_why(s, f);
    story_end(s);
}
