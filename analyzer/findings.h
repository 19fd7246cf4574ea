/*
 * The findings of a record: those that were reported while the process ran, and those that only show in what
 * it left.
 */
#ifndef LOCKWATCH_ANALYZER_FINDINGS_H
#define LOCKWATCH_ANALYZER_FINDINGS_H

#include "detect/finding.h"

struct findings {
    struct finding *item;
    size_t count, room;
    struct side **owned; /* sides that do not lie in the record, one for each item or NULL */
};

/* False when there was no memory for all of them. Free in both cases. */
bool findings_gather(struct findings *all, const struct record *r);

/* Drop those that were not reported live and do not stand in `later`, the same record read a moment after. */
void findings_confirm(struct findings *all, const struct record *later);

/* Whether any was not reported live. */
bool findings_judged(const struct findings *all);

void findings_free(struct findings *all);

#endif
