/* Stacks of a record with frames of Python code: which of Python's own modules a thread is in. */
#ifndef LOCKWATCH_RECORD_PYTHON_STACK_H
#define LOCKWATCH_RECORD_PYTHON_STACK_H

#include "record/table.h"

/*
 * Whether a stack of the record (its id) waits in Event.wait of Python's threading: where a main thread sleeps until
 * the user interrupts it.
 */
bool python_stack_in_event(const struct record *r, uint32_t stack);

#endif
