/*
 * Reads a JSON report of `report --format=json`: of one record, or of several in a list. It is hostile input: what has
 * no findings with ids and severities is refused.
 */
#ifndef LOCKWATCH_ANALYZER_DOCUMENT_H
#define LOCKWATCH_ANALYZER_DOCUMENT_H

#include "analyzer/identity.h"
#include "analyzer/text_writer.h"

#include <jansson.h>

struct document {
    json_t *root;
    char error[200]; /* why it was refused: place and reason, without the file's name */
};

/* Whether a file looks like one, rather than like a record: it begins with a brace or a bracket. */
bool document_likely(const char *path);

/* Close in both cases. */
bool document_open(struct document *d, const char *path);
void document_close(struct document *d);

/* Adds its findings to a set of identities. */
void document_identities(const struct document *d, struct set *all);

/* Id, kind, severity and title of each of them, as a new list; null for what is not known. */
json_t *document_briefs(const struct document *d);

/*
 * Removes the findings that are in a set and returns their number; counts the others in `left`, with those that were
 * suppressed when the document was written.
 */
struct tally;
unsigned document_sift(struct document *d, const struct set *known, struct tally *left);

/*
 * Any JSON, a line a value. Characters that a terminal might interpret (report/printable.h) are written as JSON
 * escapes, which does not change the value.
 */
void document_dump(const json_t *root, const struct output *out);

/* As a brief text, since there are no symbols. */
void document_print(const struct document *d, struct story *s);

#endif
