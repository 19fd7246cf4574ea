#include "preload/hold/phase.h"

enum { MAIN = 1 }; /* thread.serial */

static uint32_t unjoined; /* of those that the main thread made */

uint32_t phase_of_child(void)
{
    const struct thread *t = self.own;
    return t->stage | (t->serial == MAIN ? STAGE_MADE : STAGE_MADE | STAGE_BEYOND);
}

void phase_made(void)
{
    struct thread *t = self.own;
    if (t->serial != MAIN)
        return;
    unjoined++;
    if (t->stage % STAGE_PHASE + STAGE_STEP < STAGE_PHASE)
        t->stage += STAGE_STEP;
}

void phase_joined(uint32_t creator)
{
    struct thread *t = self.own;
    if (t->serial != MAIN || creator != MAIN || unjoined == 0 || --unjoined > 0)
        return;
    if (t->stage / STAGE_PHASE < STAGE_PHASES)
        t->stage = (t->stage / STAGE_PHASE + 1) * STAGE_PHASE;
}

void phase_reset(void)
{
    unjoined = 0;
}
