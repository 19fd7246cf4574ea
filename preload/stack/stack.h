/*
 * Call stacks: taken through libgcc's unwinder, and each kept once.
 *
 * Nothing here may be called under the raw lock, as looking for modules takes the loader's lock.
 */
#ifndef LOCKWATCH_PRELOAD_STACK_STACK_H
#define LOCKWATCH_PRELOAD_STACK_STACK_H

#include "preload/os/real.h"

#include <stdbool.h>
#include <stdint.h>

enum { STACK_DEPTH = 40 };

/* Who called a wrapper, and who called that: preload/stack/callers.h. */
enum { CALLERS = 4 };
struct callers {
    uint64_t key; /* of the call site and of these */
    uint64_t site;
    uint32_t stack; /* the whole stack is this; 0: not known, as for all but Python code */
    uint32_t count;
    uint64_t at[CALLERS];    /* return addresses, innermost first */
    uint64_t above[CALLERS]; /* where the stack ended when they were called: each address lies just below that */
};

/*
 * The stack of a call made at code address `site` with stack pointer `frame`, by this thread, perhaps a while ago: the
 * callers of that frame are the same as then, unless `callers` say otherwise. NULL: it is in that call now. 1 to 2 µs,
 * and only for what is new. 0: there is none.
 */
uint32_t stack_of_call(uint64_t site, uint64_t frame, const struct callers *callers) HIDDEN;

/* Whether these, one at least, are the callers of a call that the thread is in now. Unwinds no further than they go. */
bool stack_agrees(uint64_t site, uint64_t frame, const struct callers *callers) HIDDEN;

struct stack_call {
    uint64_t site, frame;
};

/* The first frames of a call that this thread is in now, with no record needed: `most` at most, at least the site. */
uint32_t stack_frames(struct stack_call call, uint64_t *at, uint32_t most) HIDDEN;

/*
 * As stack_of_call, for a call that this thread is in now, again and again: about 20 ns, for a thread that is about to
 * block.
 */
uint32_t stack_here(uint64_t site, uint64_t frame) HIDDEN;

/* The same, and whether a signal handler is on it. */
uint32_t stack_here_handled(uint64_t site, uint64_t frame, bool *handled) HIDDEN;

/*
 * The stack of an earlier call of this thread, made at `site` with stack pointer `frame`, derived from that of the call
 * it is in now (`here`, as given to stack_here just before): further out they are the same. 0: not known.
 */
uint32_t stack_of_earlier(struct stack_call here, struct stack_call earlier, const struct callers *callers) HIDDEN;

/* The thread ended. */
void stack_end(void) HIDDEN;

/* A stack of one frame; and one that was taken elsewhere. */
uint32_t stack_of_site(uint64_t site) HIDDEN;
uint32_t stack_of_frames(const uint64_t *frames, uint32_t depth) HIDDEN;

/* The same, in these frames of Python code: put in where the interpreter's begin. */
struct python_frames;
uint32_t stack_of_mixed(const uint64_t *frames, uint32_t depth, const struct python_frames *python) HIDDEN;

/* In the child of a fork, whose record has no stacks yet. */
void stack_reset(void) HIDDEN;

#endif
