/*
 * Writes HTML. What a record says may be anything, so text never reaches the page unescaped: markup is only what stands
 * in the formats here, and each %s of them is text.
 */
#ifndef LOCKWATCH_ANALYZER_PAGE_PAGE_H
#define LOCKWATCH_ANALYZER_PAGE_PAGE_H

#include "analyzer/text_writer.h"

/*
 * A format with %s, %u, %d and %.1f. Of a %s the characters of HTML are escaped, and what may not be shown
 * (report/printable.h) is as in the text of a report; NULL is "".
 */
void page_print(const struct output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Markup as it is. */
void page_markup(const struct output *out, const char *markup);

/* Characters of a text, as wide as they are in a font of fixed width. */
unsigned page_columns(const char *text);

/* A text of at most `most` columns: of a longer one the middle is left out. To be freed. */
char *page_shortened(const char *text, unsigned most);

#endif
