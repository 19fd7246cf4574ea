/*
 * The stacks of a target's threads, in the record that is made of it.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_STACKS_H
#define LOCKWATCH_ANALYZER_ATTACH_STACKS_H

#include "analyzer/attach/interpreter.h"
#include "analyzer/attach/unwind.h"
#include "analyzer/record_writer.h"

/* Frames as a stack; its id, 0: none, or no room. */
uint32_t stacks_keep(struct record_writer *w, const uint64_t *frame, unsigned depth);

/* NULL for `python`: without frames of Python code. Gives the id of the stack; 0: none, or no room. */
uint32_t stacks_add(struct record_writer *w, struct modules *m, struct unwinder *u, const struct interpreter *python,
                    const struct target_thread *t);

#endif
