/*
 * Findings that the user does not want to see: by the patterns of a file (detect/pattern.h); and the pattern that would
 * suppress one more.
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

/* True: every line is good. Else `error` says what is not, and the other lines count. Free in both cases. */
bool suppressions_read(struct suppressions *s, const char *path);
void suppressions_free(struct suppressions *s);

bool suppressions_cover(const struct suppressions *s, struct opened_record *v, const struct finding *f);

/* Moves what is covered from the findings of a record to their count of suppressed ones. */
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
