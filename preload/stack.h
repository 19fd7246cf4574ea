/*
 * Call stacks: taken through libunwind, opened privately, or through libgcc where that is missing; each kept once.
 *
 * Nothing here may be called under the latch: unwinding takes the loader's lock.
 */
#ifndef LOCKWATCH_PRELOAD_STACK_H
#define LOCKWATCH_PRELOAD_STACK_H

#include "preload/real.h"

#include <stdint.h>

enum { STACK_DEPTH = 40 };

/* Open the unwinder. Once, by the thread that begins the record. */
void stack_start(void) HIDDEN;

/*
 * The stack of a call made at code address `site` with stack pointer `frame`, by this thread, perhaps a while ago: the
 * callers of that frame are the same as then. About 10 µs; only news takes one. 0: none could be had.
 */
uint32_t stack_of_call(uint64_t site, uint64_t frame) HIDDEN;

/* The stack of where this thread is now, from the caller of the library on. A tenth of the price, for who is to block. */
uint32_t stack_here(uint64_t site) HIDDEN;

/* A stack of one frame. */
uint32_t stack_of_site(uint64_t site) HIDDEN;

/* In the child of a fork, whose record has no stacks yet. */
void stack_reset(void) HIDDEN;

#endif
