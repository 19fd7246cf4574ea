/*
 * A Python interpreter in the target: the frames of Python code that its threads are in, and its lock (GIL).
 *
 * Read as the watched process reads its own (record/python.h), from memory that may change meanwhile: what was read of
 * a thread is true if that has not run.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_INTERPRETER_H
#define LOCKWATCH_ANALYZER_ATTACH_INTERPRETER_H

#include "analyzer/attach/modules.h"
#include "record/python.h"
#include "record/table.h"

struct interpreter {
    struct target *target;
    const struct attached_module *module; /* NULL: there is none, or of a version that is not known */
    struct python_layout layout;
    struct python_memory memory;
    uint64_t runtime; /* address of _PyRuntime */
};

void interpreter_find(struct interpreter *i, struct modules *m);

/* Whether an address is one of its code. */
bool interpreter_has(const struct interpreter *i, uint64_t address);

/* Each thread's PyThreadState and tid, until one is what was sought. */
typedef bool interpreter_thread(void *context, uint64_t state, uint32_t tid);
bool interpreter_threads(const struct interpreter *i, interpreter_thread *each, void *context);

/* The frames of Python code of a thread as texts of a record, innermost first, up to `room`; gives their number. */
unsigned interpreter_frames(const struct interpreter *i, uint32_t tid, struct record *r, uint64_t *to, unsigned room);

/* The same from a frame on. */
unsigned interpreter_outward(const struct interpreter *i, struct python_frame f, struct record *r, uint64_t *to,
                             unsigned room);

/* Addresses of the GIL, and of the condition that threads wait on for it; 0: not known. */
uint64_t interpreter_gil(const struct interpreter *i);
uint64_t interpreter_gil_condition(const struct interpreter *i);

/* tid of the thread that has the GIL; 0: none has, or it cannot be said. */
uint32_t interpreter_gil_owner(const struct interpreter *i);

#endif
