/*
 * What a line of Python assigns: enough of the language to tell a statement of the kind TARGET = CALLEE(...), which has
 * the line for itself, from everything that looks like one: a keyword argument, a line of a string, one of two
 * statements. Where it is unsure it says no. Reads any text; costs the text up to the line.
 */
#ifndef LOCKWATCH_ANALYZER_PYTHON_SOURCE_H
#define LOCKWATCH_ANALYZER_PYTHON_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

enum { PYTHON_NAME = 128 };
struct python_statement {
    char target[PYTHON_NAME]; /* "self.lock", "locks[i]"; "": it is return CALLEE(...) */
    char callee[PYTHON_NAME]; /* of "threading.Lock" the last part */
    bool arguments;           /* it is called with some */
    bool again;               /* something of the same name is called in these */
};

/*
 * False: line `line` of `text`, counted from 1, does not begin one. `column`: where in the line the call begins,
 * counted from 1, of several that several targets are assigned: "a, b = f(), g()". 0: not known, so that there is one
 * only.
 */
bool python_source_statement(const char *text, size_t size, unsigned line, unsigned column,
                             struct python_statement *to);

#endif
