/*
 * The findings of a record that the user does not want to hear of, by the patterns of a file (detect/pattern.h), and
 * the pattern that would add another.
 */
#ifndef LOCKWATCH_ANALYZER_SUPPRESSION_H
#define LOCKWATCH_ANALYZER_SUPPRESSION_H

#include "analyzer/opened_record.h"
#include "detect/pattern.h"
#include "report/story.h"

/* A file of patterns. Zero is none. */
struct suppressions {
    char *path;
    struct patterns patterns;
    char error[200]; /* why it cannot be read, or what is wrong with its first bad line: "line 3: is not KIND:GLOB" */
    bool readable;
};

/* True when all of it is good; else `error` says what is not, and the rest of it holds. Free in both cases. */
bool suppressions_read(struct suppressions *s, const char *path);
void suppressions_free(struct suppressions *s);

bool suppressions_cover(const struct suppressions *s, struct opened_record *v, const struct finding *f);

/* Takes what is covered out of the findings of a view, and counts it there. */
void suppressions_apply(const struct suppressions *s, struct opened_record *v);

/* The file that a record names, "" for none. */
const char *suppressions_named(const struct opened_record *v);

/*
 * A line that covers a finding and nothing else that the record shows, without a newline: "lock-order:index,memory" by
 * the locks of its cycle, else "lock-order:get_forks" by the function of its first side, else by its id. False when
 * there is none.
 */
bool suppressions_line(struct story *s, struct opened_record *v, const struct finding *f);

#endif
