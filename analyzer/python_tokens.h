/*
 * What a text in Python consists of, as far as names, strings, comments and brackets go: enough to see where statements
 * begin and end. Reads any text; each call costs what it passes over.
 */
#ifndef LOCKWATCH_ANALYZER_PYTHON_TOKENS_H
#define LOCKWATCH_ANALYZER_PYTHON_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

/* What is left of a text. */
struct python_rest {
    const char *at, *end;
};

char python_peek(const struct python_rest *r); /* 0: nothing is left */
bool python_begins(const struct python_rest *r, const char *text, size_t size);
bool python_take(struct python_rest *r, char c);
void python_skip_blanks(struct python_rest *r);

/* Of what a line consists of the next piece: a string, a comment, or what is no such. *depth: how many brackets are
 * open. */
void python_skip(struct python_rest *r, int *depth);

/* Whether a name goes on with it. */
bool python_is_part(char c);

/* "a.b.c", none of them a keyword, and `last`: where its last part begins. */
bool python_take_name(struct python_rest *r, const char **last);

/* To behind the blanks at the end of a line: nothing but a comment follows. */
bool python_take_end(struct python_rest *r);

#endif
