/*
 * What one side of a finding does or did, as a sentence or in a line with its places. All that a report says of a
 * single thread is worded here.
 */
#ifndef LOCKWATCH_REPORT_SIDE_TEXT_H
#define LOCKWATCH_REPORT_SIDE_TEXT_H

#include "report/phrases.h"

/*
 * "T2 (phil-0) waits for mutex forks[1], held by T3 (phil-1)", "T2 (one) unlocked mutex m while T3 (two) held it":
 * without what it holds, how often, and where. `tid`: with the kernel's number of the thread.
 */
void side_sentence(struct story *s, const struct finding *f, uint32_t i, bool tid);

/* The sentence in a paragraph with the places: "... at x.c:12 while holding m (x.c:10), 412 times". */
void side_line(struct story *s, const struct finding *f, uint32_t i);

/* Pieces of these. Where the side did it: of a thread that holds the lock of a mistake, where it acquired that (then
 * the address is set). "while holding 2 units of semaphore s". ", never posted so far", of what no thread holds. */
bool side_has_units(const struct story *s, const struct side *side); /* of the semaphore of several that it waits for */
unsigned side_units(const struct story *s, const struct side *side, uint32_t lock);
struct held side_place(const struct story *s, const struct finding *f, uint32_t i);
void side_holding(struct story *s, const struct held *h, unsigned units);
void side_posters(struct story *s, const struct want *want);

#endif
