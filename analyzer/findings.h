/*
 * The findings of a record: those that were reported while the process ran, and those that only show in what
 * it left.
 */
#ifndef LOCKWATCH_ANALYZER_FINDINGS_H
#define LOCKWATCH_ANALYZER_FINDINGS_H

#include "analyzer/symbols/names.h"
#include "detect/finding.h"

struct findings {
    struct finding *item; /* errors first, then warnings, then notes */
    size_t count, room;
    struct side **owned; /* sides that do not lie in the record, one for each item or NULL */
    size_t suppressed;   /* so many more, which the user does not want to hear of */
    bool cut;            /* there were more cycles of lock orders than could be looked at */
};

/*
 * False when there was no memory for all of them. Free in both cases. `now`: while its process runs, the time, as in a
 * record; else 0.
 */
bool findings_gather(struct findings *all, const struct record *r, struct names *names, uint64_t now);

/* Drop deadlocks that were not reported live and do not stand in `later`, the same record read a moment after. */
void findings_confirm(struct findings *all, const struct record *later);

/* Whether any deadlock was not reported live. */
bool findings_judged(const struct findings *all);

/* Drop those that are not to stay; gives their number. */
size_t findings_sift(struct findings *all, bool (*stays)(void *context, const struct finding *f), void *context);

void findings_free(struct findings *all);

#endif
