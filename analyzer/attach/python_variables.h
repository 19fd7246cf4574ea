/*
 * What the program calls its locks: the shortest path to each, from the global variables of modules, through
 * attributes, items of lists and values of dicts; and what an expression of a function's names is.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_PYTHON_VARIABLES_H
#define LOCKWATCH_ANALYZER_ATTACH_PYTHON_VARIABLES_H

#include "analyzer/attach/python_objects.h"

enum { PYTHON_PATH = 128 };

/*
 * A lock was come to, `path` of the variables that it was begun with; perhaps not for the first time. False: that is
 * all that was wanted.
 */
typedef bool python_named(void *context, uint64_t lock, const char *path);

/* Begins with some variables, breadth first: dicts of modules. Visits some thousand objects at most. */
void python_walk(struct python_objects *o, const uint64_t *dict, size_t dicts, python_named *named, void *context);

/* The same, from one variable. */
void python_walk_from(struct python_objects *o, const char *name, uint64_t value, python_named *named, void *context);

/* A variable that a frame has: its number among `values`, what it is called, its value. True: enough. */
struct python_local {
    const char *name;
    uint64_t value;
    bool parameter;
};
typedef bool python_each_local(void *context, const struct python_local *local);
bool python_locals(struct python_objects *o, const struct python_frame *f, uint64_t frame, python_each_local *each,
                   void *context);

/* What "a.b.c" is in a frame; 0: not known. */
uint64_t python_resolve(struct python_objects *o, const struct python_frame *f, uint64_t frame, const char *expression);

/* The dict of the global variables of a frame. */
uint64_t python_globals(const struct python_objects *o, uint64_t frame);

#endif
