/*
 * The chapters of a story: what is told of a finding between its headline and the four conditions, kind by kind, and
 * the pieces that they share.
 */
#ifndef LOCKWATCH_DETECT_CHAPTER_H
#define LOCKWATCH_DETECT_CHAPTER_H

#include "detect/phrases.h"

enum {
    CHAPTER_SIDES = 32, /* threads told of at length, and holds each; the rest is counted */
    CHAPTER_HOLDS = 6,
};

void chapter_deadlock(struct story *s, const struct finding *f);
void chapter_order(struct story *s, const struct finding *f);
void chapter_await(struct story *s, const struct finding *f);
void chapter_mistake(struct story *s, const struct finding *f);

/* A ring of orders, or a wait with a lock held, that is no more than a note: in a few lines. */
void chapter_note(struct story *s, const struct finding *f);

/* What a deadlock that is only likely rests on. */
void chapter_grounds(struct story *s, const struct finding *f);

/*
 * "it holds mutex forks[3] (0x55…) to read, which T4 (phil-3) waits for, taken at:" and the stack. It begins with
 * `lead`: "it", "while it". `past`: "held", and "would wait for". `wanted_by` may be NULL.
 */
void chapter_hold(struct story *s, const struct held *h, const char *lead, bool past, const struct side *wanted_by);

/* What a side held then beside `but`; `lead` as above. */
void chapter_holds_then(struct story *s, const struct side *side, uint32_t but, const char *lead);

#endif
