#include "report/side_text.h"

static void deadlock(struct story *s, const struct finding *f)
{
    uint32_t n = query_waiting(f);
    bool likely = f->confidence == CONFIDENCE_LIKELY;
    if (f->reason == REASON_WENT_ON) {
        story_text(s, "not a deadlock: ");
        phrase_side(s, &f->side[0]);
        if (n > 1)
            story_format(s, " and %u more", n - 1);
        story_text(s, " continued after ");
        phrase_duration(s, f->lasted);
        return;
    }
    story_text(s, likely ? "probable deadlock: " : "deadlock: ");
    story_format(s, "%u %s blocked%s", n, n == 1 ? "thread is" : "threads are", likely ? "" : STORY_GLUE "forever");
}

/* Why a cycle or a wait is no more than a note, with a comma before it. */
static void excuse(struct story *s, const struct finding *f)
{
    switch (f->reason) {
    case REASON_GUARDED:
        story_text(s, ", always under a common lock");
        if (record_lock(s->record, f->gate_lock) != NULL) {
            story_text(s, ", ");
            phrase_lock(s, f->gate_lock);
        }
        return;
    case REASON_SINGLE_THREAD:
        story_text(s, query_alone(f) ? ", by one thread only" : ", by too few threads");
        return;
    case REASON_ORDERED:
        story_text(s, ", never at the same time");
        return;
    case REASON_TIMED:
        story_text(s, ", with a time-out");
        if (query_stood(f)) {
            story_text(s, ", which broke a deadlock after ");
            phrase_duration(s, f->lasted);
        }
        return;
    default:
        return;
    }
}

/* Each thread has some units of a semaphore and asks for one more. */
static void units(struct story *s, const struct finding *f)
{
    const struct lock *l = record_lock(s->record, f->side[0].held);
    if (f->severity != SEVERITY_NOTE)
        story_format(s, "%u threads can deadlock over the %u units of ", f->sides, l == NULL ? 0 : l->value);
    phrase_lock(s, f->side[0].held);
    if (f->severity == SEVERITY_NOTE)
        story_text(s, " acquired unit by unit");
    excuse(s, f);
}

static void lock_order(struct story *s, const struct finding *f)
{
    if (finding_is_declared(f)) {
        phrase_side(s, &f->side[0]);
        story_text(s, " acquires ");
        phrase_wanted(s, &f->side[0].want);
        story_text(s, " while holding ");
        phrase_lock(s, f->side[0].held);
        story_text(s, ", against the declared order");
        return;
    }
    if (finding_is_units(f)) {
        units(s, f);
        return;
    }
    if (f->severity != SEVERITY_NOTE) {
        story_format(s, "%u %s can deadlock over ", f->sides, f->sides == 1 ? "thread" : "threads");
        phrase_cycle_locks(s, f);
        return;
    }
    phrase_cycle_locks(s, f);
    story_text(s, f->cycle == 1   ? " read-locked twice"
                  : f->cycle == 2 ? " acquired in both orders"
                                  : " acquired in orders that form a cycle");
    excuse(s, f);
}

/* Of a longer cycle, where one thread may wake the waiters of several things. */
static uint32_t count_threads(const struct finding *f)
{
    uint32_t threads = 0;
    for (uint32_t i = 0; i < f->cycle; i++)
        threads += query_sides(f, f->side[i].serial) == &f->side[i];
    return threads;
}

static void wait_holding(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    struct want want = side->want;
    want.cond_mutex = 0; /* that mutex is released */
    if (f->cycle > 2 && f->severity != SEVERITY_NOTE)
        story_format(s, "%u threads can deadlock: ", count_threads(f));
    phrase_side(s, side);
    phrase_waits(s, &want, false);
    phrase_kind_wanted(s, &want);
    story_text(s, " while holding ");
    phrase_lock(s, side->held);
    if (f->severity == SEVERITY_NOTE) {
        excuse(s, f);
    } else if (f->cycle > 2) {
        story_text(s, ", and ");
        phrase_side(s, &f->side[1]);
        story_text(s, " needs ");
        phrase_lock(s, query_needed(f, 1));
        story_format(s, want.kind == KIND_THREAD ? " before it can %s" : " before it can %s it", phrase_wake(s, &want));
    } else if (f->sides > 1) {
        story_text(s, ", which ");
        phrase_side(s, &f->side[1]);
        if (f->sides > 2)
            story_format(s, " and %u more", f->sides - 2);
        story_text(s, f->sides > 2 ? " acquire first" : " acquires first");
    }
}

static void stall(struct story *s, const struct finding *f)
{
    if (f->cycle == 0) {
        const char *which = f->beside ? " that ever synchronised" : "";
        if (f->sides == 1)
            story_format(s, "the only thread%s waits without a time-out", which);
        else
            story_format(s, "all %u threads%s wait without a time-out", f->sides, which);
    } else {
        const struct side *side = &f->side[0];
        phrase_side(s, side);
        if (f->sides > 2)
            story_format(s, " and %u more", f->sides - 2);
        story_text(s, f->sides > 2 ? " are kept waiting over " : " is kept waiting for ");
        phrase_kind_wanted(s, &side->want);
        story_text(s, kind_is_once(side->want.kind) ? ", run by " : ", held by ");
        phrase_side(s, &f->side[1]);
    }
    phrase_stood(s, f->lasted);
}

void story_headline(struct story *s, const struct finding *f)
{
    const char *kind = finding_kind_word(f->kind);
    s->finding = f;
    for (unsigned i = 0; s->short_names != NULL && i < SHORT_NAMES; i++)
        s->short_names->state[i] = SHORT_UNUSED;
    if (kind == NULL || f->sides == 0) {
        story_format(s, "%s: ", kind == NULL ? "finding" : kind);
        return;
    }
    if (f->kind == FINDING_DEADLOCK) {
        deadlock(s, f);
        return;
    }
    story_format(s, "%s: ", kind);
    if (f->kind == FINDING_LOCK_ORDER)
        lock_order(s, f);
    else if (f->kind == FINDING_WAIT_HOLDING)
        wait_holding(s, f);
    else if (f->kind == FINDING_STALL)
        stall(s, f);
    else
        side_sentence(s, f, 0, false);
}
