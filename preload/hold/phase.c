#include "preload/hold/phase.h"

#include "preload/os/fork_zeroed.h"

enum { MAIN = 1 }; /* thread.serial */

static uint32_t unjoined FORK_ZEROED; /* threads that the main thread created and has not joined */

uint32_t phase_of_child(void)
{
    const struct thread *t = self.own;
    return t->phase | (t->serial == MAIN ? PHASE_CREATED : PHASE_CREATED | PHASE_OUTLIVES);
}

void phase_created(void)
{
    struct thread *t = self.own;
    if (t->serial != MAIN)
        return;
    unjoined++;
    if (t->phase % PHASE_ALL_JOINED + PHASE_STEP < PHASE_ALL_JOINED)
        t->phase += PHASE_STEP;
}

void phase_joined(uint32_t creator)
{
    struct thread *t = self.own;
    if (t->serial != MAIN || creator != MAIN || unjoined == 0 || --unjoined > 0)
        return;
    if (t->phase / PHASE_ALL_JOINED < PHASE_MOST)
        t->phase = (t->phase / PHASE_ALL_JOINED + 1) * PHASE_ALL_JOINED;
}
