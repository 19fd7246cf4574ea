#include "report/phrases.h"

static void deadlock(struct story *s, const struct finding *f)
{
    uint32_t n = query_waiting(f);
    if (f->reason == REASON_WENT_ON) {
        phrase_side(s, &f->side[0]);
        if (n > 1)
            story_format(s, " and %u more", n - 1);
        story_text(s, " seemed stuck for good, but went on after ");
        story_duration(s, f->lasted);
        return;
    }
    story_format(s, "%u %s can %snever go on", n, n == 1 ? "thread" : "threads",
                 f->confidence == CONFIDENCE_LIKELY ? "most likely " : "");
}

/* Why a cycle or a wait is no more than a note, with a comma before it. */
static void excuse(struct story *s, const struct finding *f)
{
    switch (f->reason) {
    case REASON_GUARDED:
        story_text(s, ", guarded");
        if (record_lock(s->record, f->gate_lock) != NULL) {
            story_text(s, " by ");
            phrase_lock_apart(s, f->gate_lock);
        }
        return;
    case REASON_SINGLE_THREAD:
        story_text(s, query_alone(f) ? ", by one thread alone" : ", by too few threads");
        return;
    case REASON_ORDERED:
        story_text(s, ", never at one time");
        return;
    case REASON_TIMED:
        story_text(s, ", with a time-out");
        return;
    default:
        return;
    }
}

static void lock_order(struct story *s, const struct finding *f)
{
    if (f->severity != SEVERITY_NOTE) {
        story_format(s, "%u %s can deadlock over ", f->sides, f->sides == 1 ? "thread" : "threads");
        phrase_cycle_locks(s, f, true);
        return;
    }
    phrase_cycle_locks(s, f, true);
    story_text(s, f->cycle == 1 ? " read again" : f->cycle == 2 ? " in both orders" : " in orders that make a cycle");
    excuse(s, f);
}

static void wait_holding(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    struct want want = side->want;
    want.cond_mutex = 0; /* that mutex is released */
    phrase_side(s, side);
    phrase_waits(s, &want, false);
    story_wanted(s, &want, false);
    story_text(s, " with ");
    phrase_lock_apart(s, side->held);
    story_text(s, " in hand");
    if (f->severity == SEVERITY_NOTE) {
        excuse(s, f);
    } else if (f->sides > 1) {
        story_text(s, ", which ");
        phrase_side(s, &f->side[1]);
        if (f->sides > 2)
            story_format(s, " and %u more", f->sides - 2);
        story_text(s, f->sides > 2 ? " take first" : " takes first");
    }
}

/* What side 1 does to a lock that it does not hold. */
static const char *waits(const struct finding *f)
{
    const struct want *want = &f->side[1].want;
    if (want->lock != query_subject(f))
        return " wants back"; /* the mutex of a condition */
    return want->kind == KIND_CONDITION ? " waits on" : want->kind == KIND_BARRIER ? " waits at" : " waits for";
}

/* ", which T2 (worker) holds": how another thread, or the same, comes into a mistake. */
static void part(struct story *s, const struct finding *f, const char *otherwise)
{
    enum query_part part = query_part(s->record, f);
    if (part != PART_NONE) {
        story_text(s, ", which ");
        phrase_side(s, &f->side[1]);
        story_text(s, part == PART_HOLDS ? " holds" : waits(f));
    } else if (query_hold(s->record, f->side[0].path, query_subject(f)).address != 0) {
        story_text(s, ", which it holds itself");
    } else {
        story_text(s, otherwise);
    }
}

/* What was wrong with that. */
static void wrong(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    switch (f->kind) {
    case FINDING_UNLOCK_NOT_OWNER:
        part(s, f, ", which another thread holds");
        return;
    case FINDING_UNLOCK_NOT_HELD:
        story_text(s, ", which nobody holds");
        return;
    case FINDING_DESTROY_IN_USE:
    case FINDING_INIT_IN_USE:
        part(s, f, ", which is in use");
        return;
    case FINDING_EXIT_HOLDING:
        story_text(s, " in hand");
        return;
    case FINDING_COND_MUTEX_NOT_HELD:
        story_text(s, " without holding ");
        story_lock(s, side->want.cond_mutex, false);
        return;
    case FINDING_COND_TWO_MUTEXES:
        if (f->sides < 2)
            return;
        story_text(s, ", ");
        phrase_side(s, &f->side[1]);
        story_text(s, " with ");
        story_lock(s, f->side[1].want.cond_mutex, false);
        return;
    case FINDING_RELOCK:
        story_text(s, ", which it holds already");
        return;
    case FINDING_STARVATION:
        story_text(s, " for ");
        story_duration(s, f->lasted);
        story_format(s, ", passed over %u %s", side->times, side->times == 1 ? "time" : "times");
        return;
    case FINDING_LONG_HOLD:
        story_text(s, " for ");
        story_duration(s, f->lasted);
        if (f->sides < 2)
            return;
        story_text(s, " while ");
        phrase_side(s, &f->side[1]);
        story_text(s, " waited");
        return;
    default:
        story_text(s, " with ");
        story_lock(s, side->held, false);
        story_text(s, " in hand");
    }
}

static void mistake(struct story *s, const struct finding *f)
{
    static const char *const deeds[FINDING_KINDS] = {
        [FINDING_UNLOCK_NOT_OWNER] = " unlocks ",  [FINDING_UNLOCK_NOT_HELD] = " unlocks ",
        [FINDING_DESTROY_IN_USE] = " destroys ",   [FINDING_INIT_IN_USE] = " initialises ",
        [FINDING_EXIT_HOLDING] = " ends with ",    [FINDING_COND_MUTEX_NOT_HELD] = " waits on ",
        [FINDING_COND_TWO_MUTEXES] = " waits on ", [FINDING_RELOCK] = " locks ",
        [FINDING_STARVATION] = " waited for ",     [FINDING_LONG_HOLD] = " held ",
        [FINDING_SPIN_BLOCKED] = " may block on ",
    };
    const struct side *side = &f->side[0];
    struct want want = side->want;
    if (f->kind == FINDING_COND_MUTEX_NOT_HELD)
        want.cond_mutex = 0;
    phrase_side(s, side);
    story_text(s, deeds[f->kind]);
    story_wanted(s, &want, false);
    wrong(s, f);
}

void story_headline(struct story *s, const struct finding *f)
{
    s->finding = f;
    const char *kind = finding_kind_word(f->kind);
    story_format(s, "%s: ", kind == NULL ? "finding" : kind);
    if (kind == NULL || f->sides == 0)
        return;
    if (f->kind == FINDING_DEADLOCK)
        deadlock(s, f);
    else if (f->kind == FINDING_LOCK_ORDER)
        lock_order(s, f);
    else if (f->kind == FINDING_WAIT_HOLDING)
        wait_holding(s, f);
    else
        mistake(s, f);
}
