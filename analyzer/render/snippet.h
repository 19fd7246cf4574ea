/*
 * The source that a location of SARIF is of: its line, from the column on, and the lines around it
 * (SARIF 2.1.0, 3.30.13 and 3.29.5), if the file is there and was not written to since the first process of the report
 * started.
 */
#ifndef LOCKWATCH_ANALYZER_RENDER_SNIPPET_H
#define LOCKWATCH_ANALYZER_RENDER_SNIPPET_H

#include "analyzer/text_writer.h"

#include <jansson.h>

/* Since when files must be as they are; 0: nothing of it is known. */
uint64_t snippet_since(const json_t *report);

/* Adds it to `physical`, the location of `frame`. */
void snippet_add(json_t *physical, const json_t *frame, struct sources *sources, uint64_t since);

#endif
