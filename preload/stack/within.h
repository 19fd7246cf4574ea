/*
 * Whether a function of one stack is under way on another, by the functions that the unwinder's tables know: one that
 * was inlined counts as the one that it became a part of.
 */
#ifndef LOCKWATCH_PRELOAD_STACK_WITHIN_H
#define LOCKWATCH_PRELOAD_STACK_WITHIN_H

#include "preload/os/real.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether the function that called out of the stack `inner` (an id, as all stacks here) stands on `outer`, further out
 * than the function that called there. Functions of libstdc++ are left out at the inner end of both. A lookup a frame,
 * some 0.2 µs each; for who judges.
 */
bool stack_within(uint32_t inner, uint32_t outer) HIDDEN;

#endif
