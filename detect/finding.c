#include "detect/finding.h"

const char *finding_kind_word(enum finding_kind kind)
{
    return kind == FINDING_DEADLOCK ? "deadlock" : NULL;
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

const char *finding_lock_word(uint16_t kind)
{
    static const char *const word[KIND_COUNT] = {
        [KIND_NONE] = "lock",         [KIND_MUTEX] = "mutex",         [KIND_RWLOCK] = "rwlock",
        [KIND_SPINLOCK] = "spinlock", [KIND_SEMAPHORE] = "semaphore", [KIND_CONDITION] = "condition",
        [KIND_BARRIER] = "barrier",   [KIND_THREAD] = "thread",       [KIND_ONCE] = "once",
    };
    return word[kind < KIND_COUNT ? kind : KIND_NONE];
}

bool finding_stored(const struct record *r, uint32_t id, struct finding *f)
{
    const struct record_finding *stored = record_item(r, TABLE_FINDINGS, id);
    if (stored == NULL || finding_kind_word(stored->kind) == NULL || finding_severity_word(stored->severity) == NULL ||
        stored->confidence > CONFIDENCE_CERTAIN)
        return false;
    if (stored->sides == 0 || stored->ring > stored->sides ||
        record_run(r, TABLE_SIDES, stored->first_side) < stored->sides)
        return false;
    *f = (struct finding){
        .when = stored->when,
        .kind = stored->kind,
        .severity = stored->severity,
        .confidence = stored->confidence,
        .sides = stored->sides,
        .ring = stored->ring,
        .side = record_item(r, TABLE_SIDES, stored->first_side),
        .behind = stored->behind,
    };
    return true;
}

bool finding_same(const struct finding *a, const struct finding *b)
{
    if (a->kind != b->kind)
        return false;
    for (uint32_t i = 0; i < a->sides; i++)
        for (uint32_t j = 0; j < b->sides; j++)
            if (a->side[i].serial == b->side[j].serial && a->side[i].turn == b->side[j].turn)
                return true;
    return false;
}
