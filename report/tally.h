/*
 * How many findings there are of each severity, and how that is said: "1 warning, 2 notes, 3 suppressed".
 */
#ifndef LOCKWATCH_REPORT_TALLY_H
#define LOCKWATCH_REPORT_TALLY_H

#include "report/story.h"

struct tally {
    unsigned of[SEVERITY_ERROR + 1]; /* by enum finding_severity */
    unsigned suppressed;
};

void tally_add(struct tally *t, const struct finding *f);

/* How many there are of this severity and above. */
unsigned tally_from(const struct tally *t, enum finding_severity least);

/* In words, without a newline; nothing when all is 0. */
void tally_tell(struct story *s, const struct tally *t);

#endif
