/*
 * What to change (parts.h, story_advice), by what a finding is. Each writes a sentence or two.
 */
#ifndef LOCKWATCH_REPORT_FULL_ADVICE_H
#define LOCKWATCH_REPORT_FULL_ADVICE_H

#include "report/story.h"

/* --- advice_alone.c: who waits for itself, or for what nobody is left to do --- */

void advice_self(struct story *s, const struct side *side);
void advice_units(struct story *s, const struct side *side);     /* of a semaphore of several */
void advice_abandoned(struct story *s, const struct finding *f); /* a lock whose owner has ended */
void advice_nobody(struct story *s, const struct side *side);    /* a signal or an event */
void advice_futex(struct story *s, const struct side *side, bool alone);

/* A condition that a thread with this serial has signalled without its mutex. */
void advice_lost(struct story *s, const struct side *side, uint32_t signaller);

/* --- advice_waits.c: cycles with a wait for something that is no lock --- */

void advice_event(struct story *s, const struct finding *f, uint32_t i); /* side i waits so, and holds something */
void advice_events(struct story *s, const struct finding *f);            /* none of them holds anything */
void advice_end(struct story *s, const struct side *side);               /* it destroys what others wait on */
void advice_wait_holding(struct story *s, const struct finding *f);

/* --- advice_orders.c: cycles of locks --- */

void advice_order(struct story *s, const struct finding *f);

/* --- phrases of them all --- */

/* How a side acquired what it holds; the kind of a lock. */
struct held advice_held(const struct story *s, const struct side *side);
uint16_t advice_lock_kind(const struct story *s, uint32_t lock);

/* "m (x.c:12)": a lock and where the side acquired it; what it wants and where it waits. */
void advice_lock_place(struct story *s, const struct side *side);
void advice_want_place(struct story *s, const struct side *side);

/* "the pthread_once routine of control (x.c:12)": what runs while the lock is held that the side holds. */
void advice_routine_place(struct story *s, const struct side *side);

#endif
