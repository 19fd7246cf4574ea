/*
 * All that is told of a finding below its headline.
 */
#ifndef LOCKWATCH_REPORT_FINDING_TEXT_H
#define LOCKWATCH_REPORT_FINDING_TEXT_H

#include "report/story.h"

/* "T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> …": the cycle in one line, without a newline. */
void story_cycle(struct story *s, const struct finding *f);

/* The whole story of a finding, several lines; the headline is not part of it. */
void story_finding(struct story *s, const struct finding *f);

#endif
