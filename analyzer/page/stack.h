/*
 * Call stacks and source lines on the page, from the frames of a JSON report.
 */
#ifndef LOCKWATCH_ANALYZER_PAGE_STACK_H
#define LOCKWATCH_ANALYZER_PAGE_STACK_H

#include "analyzer/source.h"
#include "analyzer/text_writer.h"

#include <jansson.h>

struct stack_page {
    const struct output *out;
    struct sources *sources;
    unsigned excerpts_left; /* so many may still be quoted with the lines around them */
};

/* A list of frames; the program's own innermost one has its source lines under it. */
void stack_write(struct stack_page *p, const json_t *stack);

/* The program's own innermost frame, or else the innermost one; NULL: none. */
const json_t *stack_own(const json_t *stack);

/* "philosophers.c:41" of that frame, or "app+0x1234"; "" when nothing is known. */
void stack_place(const json_t *stack, char *text, size_t size);

/* A value of an object as text: "" when it is null or no text. */
const char *stack_text(const json_t *object, const char *key);
long long stack_number(const json_t *object, const char *key);

#endif
