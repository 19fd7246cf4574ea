/*
 * A finding in few lines: the cycle, and a line for each thread with the places where it waits and acquired what it
 * holds. This is all that the library itself prints.
 */
#ifndef LOCKWATCH_REPORT_BRIEF_H
#define LOCKWATCH_REPORT_BRIEF_H

#include "report/story.h"

/* "T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> …": the cycle in one line, without a newline. */
void story_cycle(struct story *s, const struct finding *f);

/* The cycle and what its short names stand for, as paragraphs. */
void story_cycle_lines(struct story *s, const struct finding *f);

/* These, and a line for each thread. */
void story_brief(struct story *s, const struct finding *f);

#endif
