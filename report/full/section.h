/*
 * The parts of a finding's text between the cycle in one line and what to change, kind by kind.
 */
#ifndef LOCKWATCH_REPORT_FULL_SECTION_H
#define LOCKWATCH_REPORT_FULL_SECTION_H

#include "report/full/parts.h"
#include "report/side_text.h"

enum { SECTION_SIDES = 32 }; /* sides that are shown at length; the rest is counted */

/* What a side did, with the stack of that, and that of each lock that matters and that it held. */
void side_stacks(struct story *s, const struct finding *f, uint32_t i);

/*
 * The sides with their stacks, those of the cycle first. What stands in the same calls as one before is a line, and
 * threads that wait for the same thing in the same call are listed together.
 */
void section_sides(struct story *s, const struct finding *f);

void section_deadlock(struct story *s, const struct finding *f);

/* What a deadlock that is only likely rests on. */
void section_grounds(struct story *s, const struct finding *f);

/* "T1 (main), T4 (worker) and 2 more": the threads that run beside the finding. False, and not a word: there are none.
 */
bool section_beside(struct story *s, const struct finding *f);

/* Threads that stand still: who waits for whom, and why that is not called a deadlock. */
void section_stall(struct story *s, const struct finding *f);

/* What could have happened: how often each order was seen, and why it did not. */
void section_order(struct story *s, const struct finding *f);
void section_wait_holding(struct story *s, const struct finding *f);

#endif
