/*
 * Which locks a function in Python holds where it has come to, by its source: "X.acquire()" is a statement before that,
 * of a block that is still open there; and "X.release()" stands behind it in the same function, but not between. Where
 * it is unsure it says no. Reads any text; costs the text up to the function's end.
 */
#ifndef LOCKWATCH_ANALYZER_PYTHON_ACQUIRED_H
#define LOCKWATCH_ANALYZER_PYTHON_ACQUIRED_H

#include "analyzer/python_source.h"

enum { PYTHON_ACQUIRED_MOST = 8 };
struct python_acquired {
    struct {
        char lock[PYTHON_NAME]; /* "self.lock" */
        unsigned line;
    } item[PYTHON_ACQUIRED_MOST];
    unsigned count;
};

/* `first`: the line that the function begins in, or 0 for what is outside of functions; `line`: where it has come to.
 */
void python_source_acquired(const char *text, size_t size, unsigned first, unsigned line, struct python_acquired *to);

#endif
