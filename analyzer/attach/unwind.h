/*
 * The call stack of a thread of a target, by libunwind, which asks for memory and registers. Without stopping a thread
 * only its stack pointer and program counter are known: where a caller keeps its frame pointer (without optimisation
 * all do) that is looked for on the stack, as the nearest pair of a pointer up the stack and a return address behind a
 * call of the very function that is being left.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_UNWIND_H
#define LOCKWATCH_ANALYZER_ATTACH_UNWIND_H

#include "analyzer/attach/modules.h"

struct unwinder;

/* NULL: no memory. Uses the modules until unwinder_close. */
struct unwinder *unwinder_open(struct modules *m);
void unwinder_close(struct unwinder *u);

/* Up to `room` return addresses, innermost first, after the program counter itself; gives their number. */
unsigned unwinder_stack(struct unwinder *u, const struct target_thread *t, uint64_t *frame, unsigned room);

#endif
