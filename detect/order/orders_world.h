/* What lock orders are judged from, and what each finding is given to. */
#ifndef LOCKWATCH_DETECT_ORDER_ORDERS_WORLD_H
#define LOCKWATCH_DETECT_ORDER_ORDERS_WORLD_H

#include "detect/finding.h"

struct orders_world {
    const struct record *record;

    /* By what cycles are alike: a number that locks of one name, but for numbers in brackets, share. NULL: each lock is
     * like those initialised at the same place, a static one like no other. */
    uint64_t (*likeness)(void *context, uint32_t lock);
    void *context;

    bool hurried;  /* work of about a second at most, where it may otherwise be more: a process waits to end */
    bool no_notes; /* longer cycles are searched only for those that can close; `complete` is about these */
};

/* A finding, which lives until this returns; false: no more. */
typedef bool orders_found(void *context, const struct finding *f);

#endif
