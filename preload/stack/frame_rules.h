/*
 * From a frame to its caller's: what the compiler wrote down for a return address, kept. The unwinder reads it anew at
 * each frame, which is most of what it takes; from here a frame costs some 150 instructions. Takes no lock.
 *
 * Known is only what is simple: a stack pointer, or a frame pointer that a frame further in has put on the stack, and a
 * constant; and the return address below. That the unwinder's answers are understood is verified in the first walks.
 * A rule counts as long as the same object is loaded there, and the same call stands before the return address.
 */
#ifndef LOCKWATCH_PRELOAD_STACK_FRAME_RULES_H
#define LOCKWATCH_PRELOAD_STACK_FRAME_RULES_H

#include "preload/os/real.h"

#include <stdint.h>

struct frame_place {
    uint64_t code, stack; /* the return address in the frame, and the stack pointer there; code 0: there is no frame */
    uint64_t pointer;     /* the frame pointer, if known */
    bool pointer_known;
};

/* Before a walk. False: there are no rules. */
bool frame_rules_ready(void) HIDDEN;

/* On to the caller. False: it is not known how. */
bool frame_rules_step(struct frame_place *f) HIDDEN;

/* What came of a walk is what the unwinder says; or it is not, and there are no rules from now on. */
bool frame_rules_due(void) HIDDEN; /* whether to ask for that */
void frame_rules_verified(bool same) HIDDEN;

#endif
