/*
 * How threads, locks and places are spoken of within a story, once they were introduced at length. Beside the
 * pieces that story.h gives to everybody.
 */
#ifndef LOCKWATCH_REPORT_PHRASES_H
#define LOCKWATCH_REPORT_PHRASES_H

#include "detect/finding_query.h"
#include "report/story.h"

/* A space where a line must not break. */
#define PHRASE_GLUE "\1"

/* "T3 (phil-2)", and "T3 (phil-2, tid 4245)". */
void phrase_thread(struct story *s, const struct thread_ref *p);
void phrase_thread_tid(struct story *s, const struct thread_ref *p);

/* "T3 (phil-2)", and "T3 (phil-2, tid 4245)", of a side. */
void phrase_side(struct story *s, const struct side *side);
void phrase_side_tid(struct story *s, const struct side *side);

/* "forks[3]", or "mutex 0x55…" for one without a name. */
void phrase_lock(struct story *s, uint32_t lock);

/* "forks[3]", "the end of T4". */
void phrase_wanted(struct story *s, const struct want *want);

/* "philosophers.c:41": where a stack, or else a lone site, stands in the program. */
void phrase_place(struct story *s, uint32_t stack, uint64_t site);

/* " at philosophers.c:41". */
void phrase_at(struct story *s, uint32_t stack, uint64_t site);

/* Whether two places are the same piece of code, as far as it shows in a report. */
bool phrase_same_place(const struct story *s, uint32_t stack, uint64_t site, uint32_t other_stack, uint64_t other_site);

/* "forks[3]", or "mutex created in make_table at x.c:12 #2", or "mutex 0x55…": for where no address stands beside. */
void phrase_lock_apart(struct story *s, uint32_t lock);

/* What a finding's cycle is of: "forks[0], forks[1] and 3 more"; `apart`: as above. */
void phrase_cycle_locks(struct story *s, const struct finding *f, bool apart);

/* " waits for ", " waited on ", " waits at ": by the kind of what is waited for. */
void phrase_waits(struct story *s, const struct want *want, bool past);

/* "once", "412 times". */
void phrase_times(struct story *s, uint64_t times);

/* Heavier type from here on, or no longer, on a terminal. */
void phrase_stress(struct story *s, bool on);

#endif
