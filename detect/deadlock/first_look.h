/*
 * A cheap first look for a thread that is about to block: whether the chain of waits that begins with it ends in a
 * thread that runs. Follows the owners of mutexes and the threads that are joined; where several threads may end a wait
 * (detect/wake_rules.h) it looks for one that goes on, three waits deep. Allocates nothing and builds no graph.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_FIRST_LOOK_H
#define LOCKWATCH_DETECT_DEADLOCK_FIRST_LOOK_H

#include "detect/deadlock/deadlock_world.h"

enum first_look {
    LOOK_FREE,  /* a thread at the end of the chain runs */
    LOOK_LATER, /* so it does, but there is no sign that it will wake the thread; a second look is in no hurry */
    LOOK_CYCLE, /* the chain ends in itself, or in a thread that ended */
    LOOK_DEEPER /* only deadlock_judge can tell */
};

enum first_look first_look_from(const struct deadlock_world *w, uint32_t start);

#endif
