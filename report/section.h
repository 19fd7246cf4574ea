/*
 * The chapters of a story: what is told of a finding between its headline and the four conditions, kind by kind, and
 * the pieces that they share.
 */
#ifndef LOCKWATCH_REPORT_SECTION_H
#define LOCKWATCH_REPORT_SECTION_H

#include "report/phrases.h"

enum {
    CHAPTER_SIDES = 32, /* threads told of at length, and holds each; the rest is counted */
    CHAPTER_HOLDS = 6,
};

void section_deadlock(struct story *s, const struct finding *f);
void section_order(struct story *s, const struct finding *f);
void section_await(struct story *s, const struct finding *f);
void section_mistake(struct story *s, const struct finding *f);

/* A cycle of orders, or a wait with a lock held, that is no more than a note: in a few lines. */
void section_note(struct story *s, const struct finding *f);

/* What a deadlock that is only likely rests on. */
void section_grounds(struct story *s, const struct finding *f);

/*
 * "it holds mutex forks[3] (0x55…) to read, which T4 (phil-3) waits for, taken at:" and the stack. It begins with
 * `lead`: "it", "while it". `past`: "held", and "would wait for". `wanted_by` may be NULL.
 */
void section_hold(struct story *s, const struct held *h, const char *lead, bool past, const struct side *wanted_by);

/* What a side held then beside `but`; `lead` as above. */
void section_holds_then(struct story *s, const struct side *side, uint32_t but, const char *lead);

#endif
