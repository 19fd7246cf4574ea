/*
 * Parts of a finding's text that other formats have, too: call stacks, the Coffman conditions, what to change.
 */
#ifndef LOCKWATCH_REPORT_FULL_PARTS_H
#define LOCKWATCH_REPORT_FULL_PARTS_H

#include "report/story.h"

/* The call stack of an event, a frame a line; `site` alone when there is no stack. */
void story_stack(struct story *s, uint32_t stack, uint64_t site, unsigned indent);

/* The four conditions (E. G. Coffman, M. J. Elphick, A. Shoshani, "System Deadlocks", Computing Surveys 3(2),
 * 1971). */
enum coffman { MUTUAL_EXCLUSION, HOLD_AND_WAIT, NO_PREEMPTION, CIRCULAR_WAIT, COFFMAN_COUNT };
const char *coffman_key(enum coffman c);  /* "mutual_exclusion", as in JSON */
const char *coffman_word(enum coffman c); /* "mutual exclusion" */
bool coffman_met(struct story *s, const struct finding *f, enum coffman c);
void coffman_evidence(struct story *s, const struct finding *f, enum coffman c); /* one sentence, no full stop */

/* The side whose acquisition or wait the advice says to change. */
uint32_t advice_side(const struct record *r, const struct finding *f);

/* What to change, in one or two sentences. */
void story_advice(struct story *s, const struct finding *f);

#endif
