#include "preload/store/finding_table.h"

#include "preload/os/clock.h"

#include <string.h>

uint32_t finding_find(const struct finding *f)
{
    struct finding old;
    for (uint32_t id = record_used(&ours, TABLE_FINDINGS); id-- > 1;)
        if (finding_stored(&ours, id, &old) && finding_same(&old, f))
            return id;
    return 0;
}

uint32_t finding_add(const struct finding *f)
{
    uint32_t id = 0, first = record_reserve(&ours, TABLE_SIDES, f->sides);
    if (first == 0 || (id = record_reserve(&ours, TABLE_FINDINGS, 1)) == 0)
        return 0;
    memcpy(record_at(&ours, TABLE_SIDES, first, sizeof(struct side), record_first_shift[TABLE_SIDES]), f->side,
           f->sides * sizeof(struct side));
    record_commit(&ours, TABLE_SIDES, first, f->sides);
    *finding_at(id) = (struct record_finding){.when = clock_now(),
                                              .lasted = f->lasted,
                                              .kind = f->kind,
                                              .severity = f->severity,
                                              .confidence = f->confidence,
                                              .reason = f->reason,
                                              .first_side = first,
                                              .sides = f->sides,
                                              .cycle = f->cycle,
                                              .behind = f->behind,
                                              .count = f->count};
    record_commit(&ours, TABLE_FINDINGS, id, 1);
    for (uint32_t i = 0; i < f->sides; i++) {
        if (f->side[i].want.lock != 0)
            record_lock(&ours, f->side[i].want.lock)->traits |= TRAIT_REFERENCED;
        if (f->side[i].want.cond_mutex != 0)
            record_lock(&ours, f->side[i].want.cond_mutex)->traits |= TRAIT_REFERENCED;
    }
    return id;
}

bool finding_was_reported(void)
{
    struct finding f;
    for (uint32_t id = record_used(&ours, TABLE_FINDINGS); id-- > 1;)
        if (finding_stored(&ours, id, &f) && f.reason != REASON_WENT_ON &&
            (finding_at(id)->reported & REPORTED_FINDING) != 0)
            return true;
    return false;
}
