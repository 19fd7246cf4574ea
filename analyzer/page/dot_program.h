/* Runs Graphviz' `dot`: it reads graphs and writes their layouts, a line an item (dot(1), -Tplain). */
#ifndef LOCKWATCH_ANALYZER_PAGE_DOT_PROGRAM_H
#define LOCKWATCH_ANALYZER_PAGE_DOT_PROGRAM_H

#include <stddef.h>

/* NULL: *layouts has what it wrote, to be freed. Else why there is none, for a sentence. It gets some seconds. */
const char *dot_program(const char *graphs, size_t size, char **layouts);

#endif
