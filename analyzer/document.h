/*
 * A report in JSON, as `report --format=json` wrote it some time ago, read again: of one record, or of several in a
 * list. Anybody may have written it; what has no findings with ids and severities is refused.
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

/* Its findings go into a set. */
void document_note(const struct document *d, struct set *all);

/*
 * Takes those out of it that are in a set; gives their number, and counts the others, those of the document that were
 * suppressed included.
 */
struct tally;
unsigned document_sift(struct document *d, const struct set *known, struct tally *left);

/*
 * Any JSON, a line a value. Characters that may not be shown (report/printable.h) are escaped within it, as JSON has
 * it, so it says the same and may go to a terminal, too.
 */
void document_dump(const json_t *root, const struct output *out);

/* As JSON, and as text: brief, as it has no symbols to ask. */
void document_write(const struct document *d, const struct output *out);
void document_tell(const struct document *d, struct story *s);

#endif
