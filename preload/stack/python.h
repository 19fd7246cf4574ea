/*
 * The frames of Python code that the calling thread is in, as frames of its stack. Their texts are kept once in a
 * process, so that they need not be read again, and go into a record when a stack of it needs them.
 */
#ifndef LOCKWATCH_PRELOAD_STACK_PYTHON_H
#define LOCKWATCH_PRELOAD_STACK_PYTHON_H

#include "preload/os/interpreter.h"

struct python_text;
enum { PYTHON_FRAMES = 16 };
struct python_frames {
    uint32_t count;
    const struct python_text *at[PYTHON_FRAMES]; /* innermost first */
};

/* Those of the calling thread. Not under the raw lock. */
void python_frames_here(struct python_frames *to) HIDDEN;

/* As a frame of the record; 0: there is no room. Not under the raw lock. */
uint64_t python_recorded(const struct python_text *text) HIDDEN;

/* In the child of a fork, whose record has none of them yet. */
void python_reset(void) HIDDEN;

#endif
