#include "detect/finding.h"

const char *finding_kind_word(enum finding_kind kind)
{
    static const char *const word[FINDING_KINDS] = {
        [FINDING_DEADLOCK] = "deadlock",
        [FINDING_LOCK_ORDER] = "lock-order",
        [FINDING_WAIT_HOLDING] = "wait-holding",
        [FINDING_UNLOCK_NOT_OWNER] = "unlock-not-owner",
        [FINDING_UNLOCK_NOT_HELD] = "unlock-not-held",
        [FINDING_DESTROY_IN_USE] = "destroy-in-use",
        [FINDING_INIT_IN_USE] = "init-in-use",
        [FINDING_EXIT_HOLDING] = "exit-holding",
        [FINDING_COND_MUTEX_NOT_HELD] = "cond-mutex-not-held",
        [FINDING_COND_TWO_MUTEXES] = "cond-two-mutexes",
        [FINDING_RELOCK] = "relock",
        [FINDING_STARVATION] = "starvation",
        [FINDING_LONG_HOLD] = "long-hold",
        [FINDING_SPIN_BLOCKED] = "spin-blocked",
        [FINDING_STALL] = "stall",
    };
    return (unsigned)kind < FINDING_KINDS ? word[kind] : NULL;
}

const char *finding_severity_word(enum finding_severity severity)
{
    static const char *const word[] = {
        [SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};
    return (unsigned)severity < sizeof word / sizeof *word ? word[severity] : NULL;
}

const char *finding_confidence_word(enum finding_confidence confidence)
{
    static const char *const word[] = {
        [CONFIDENCE_NONE] = NULL, [CONFIDENCE_LIKELY] = "likely", [CONFIDENCE_CERTAIN] = "certain"};
    return (unsigned)confidence < sizeof word / sizeof *word ? word[confidence] : NULL;
}

const char *finding_reason_word(enum finding_reason reason)
{
    static const char *const word[] = {
        [REASON_NONE] = NULL,         [REASON_GUARDED] = "guarded", [REASON_SINGLE_THREAD] = "single-thread",
        [REASON_ORDERED] = "ordered", [REASON_TIMED] = "timed",     [REASON_WENT_ON] = "went-on"};
    return (unsigned)reason < sizeof word / sizeof *word ? word[reason] : NULL;
}

const char *finding_lock_word(uint16_t kind)
{
    static const char *const word[KIND_TOOLKITS] = {
        [KIND_NONE] = "lock",         [KIND_MUTEX] = "mutex",         [KIND_RWLOCK] = "rwlock",
        [KIND_SPINLOCK] = "spinlock", [KIND_SEMAPHORE] = "semaphore", [KIND_CONDITION] = "condition",
        [KIND_BARRIER] = "barrier",   [KIND_THREAD] = "thread",       [KIND_ONCE] = "once",
        [KIND_GUARD] = "guard",       [KIND_FUTEX] = "futex",         [KIND_FILELOCK] = "filelock",
        [KIND_OWN] = "mutex",         [KIND_FILE] = "file",           [KIND_PIPE] = "pipe",
    };
    const uint32_t like = kind_like(kind);
    if (kind == KIND_GIL)
        return "gil";
    return word[like < KIND_TOOLKITS ? like : KIND_NONE];
}

bool finding_stored(const struct record *r, uint32_t id, struct finding *f)
{
    const struct record_finding *stored = record_item(r, TABLE_FINDINGS, id);
    uint32_t reason = stored != NULL ? stored->reason : REASON_NONE;
    if (stored == NULL || finding_kind_word(stored->kind) == NULL || finding_severity_word(stored->severity) == NULL ||
        stored->confidence > CONFIDENCE_CERTAIN || reason > REASON_WENT_ON)
        return false;
    if (stored->sides == 0 || stored->cycle > stored->sides ||
        record_consecutive(r, TABLE_SIDES, stored->first_side) < stored->sides)
        return false;
    *f = (struct finding){
        .when = stored->when,
        .lasted = stored->lasted,
        .kind = stored->kind,
        .severity = reason == REASON_WENT_ON ? SEVERITY_NOTE : stored->severity,
        .confidence = stored->confidence,
        .reason = reason,
        .count = stored->count == 0 ? 1 : stored->count,
        .sides = stored->sides,
        .cycle = stored->cycle,
        .side = record_item(r, TABLE_SIDES, stored->first_side),
        .behind = stored->behind,
    };
    return true;
}

static bool is_same_wait(const struct side *a, const struct side *b)
{
    if (a->serial != b->serial || want_is_derived(&a->want) != want_is_derived(&b->want))
        return false;
    return want_is_derived(&a->want) ? a->want.address == b->want.address && a->want.since == b->want.since
                                     : a->sequence == b->sequence;
}

bool finding_same(const struct finding *a, const struct finding *b)
{
    if (a->kind != b->kind || a->kind != FINDING_DEADLOCK || a->reason == REASON_WENT_ON || b->reason == REASON_WENT_ON)
        return false;
    for (uint32_t i = 0; i < a->sides; i++)
        for (uint32_t j = 0; j < b->sides; j++)
            if (is_same_wait(&a->side[i], &b->side[j]))
                return true;
    return false;
}

static bool wants_lock(const struct finding *f, uint32_t lock)
{
    for (uint32_t i = 0; i < f->cycle; i++)
        if (f->side[i].want.lock == lock)
            return true;
    return false;
}

/* Whether a thread of the deadlock waits for what this one waited for, and another for the lock that it held. */
static bool waits_likewise(const struct finding *wait, const struct finding *deadlock)
{
    const struct want *want = &wait->side[0].want;
    for (uint32_t i = 0; i < deadlock->cycle; i++) {
        const struct want *w = &deadlock->side[i].want;
        if (w->kind == want->kind && w->lock == want->lock &&
            (w->kind != KIND_THREAD || w->thread_serial == want->thread_serial))
            return wants_lock(deadlock, wait->side[0].held);
    }
    return false;
}

bool finding_happened(const struct finding *predicted, const struct finding *deadlock)
{
    enum { CYCLE_MOST = 4096 }; /* a damaged record must not take for ever */
    if (deadlock->kind != FINDING_DEADLOCK || deadlock->reason == REASON_WENT_ON || deadlock->cycle > CYCLE_MOST ||
        predicted->cycle == 0)
        return false;
    if (predicted->kind == FINDING_WAIT_HOLDING)
        return waits_likewise(predicted, deadlock);
    if (finding_is_units(predicted))
        return wants_lock(deadlock, predicted->side[0].want.lock);
    if (predicted->kind != FINDING_LOCK_ORDER || predicted->cycle != deadlock->cycle)
        return false;
    for (uint32_t i = 0; i < predicted->cycle; i++)
        if (predicted->side[i].want.lock == 0 || !wants_lock(deadlock, predicted->side[i].want.lock))
            return false;
    return true;
}
