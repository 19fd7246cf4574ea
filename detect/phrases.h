/*
 * How threads, locks and places are spoken of within a story, once they were introduced at length. Beside the
 * pieces that story.h gives to everybody.
 */
#ifndef LOCKWATCH_DETECT_PHRASES_H
#define LOCKWATCH_DETECT_PHRASES_H

#include "detect/sides.h"
#include "detect/story.h"

/* "T3 (phil-2)", and "T3 (phil-2, tid 4245)". */
void phrase_person(struct story *s, const struct person *p);
void phrase_person_tid(struct story *s, const struct person *p);

/* "forks[3]", or "mutex 0x55…" for one without a name. */
void phrase_lock(struct story *s, uint32_t lock);

/* "forks[3]", "the end of T4". */
void phrase_wanted(struct story *s, const struct want *want);

/* "philosophers.c:41": where a stack, or else a lone site, stands in the program. */
void phrase_place(struct story *s, uint32_t stack, uint64_t site);

/* Heavier type from here on, or no longer, on a terminal. */
void phrase_stress(struct story *s, bool on);

#endif
