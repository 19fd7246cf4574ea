/*
 * A finding in full: what the analyzer shows below its headline.
 */
#ifndef LOCKWATCH_REPORT_FULL_FINDING_TEXT_H
#define LOCKWATCH_REPORT_FULL_FINDING_TEXT_H

#include "report/story.h"

/* All of it: the cycle, who waits for what held by whom and where, what to change, whether the conditions hold. */
void story_finding(struct story *s, const struct finding *f);

#endif
