/*
 * A finding as text: who waits for what held by whom since when, where each was taken, the ring in one line, the four
 * Coffman conditions with their evidence, and what to change. The same words live (in the watched process, where there is
 * no malloc and no stdio) and post mortem; only how a code address and a lock are named differs, so the caller gives that.
 */
#ifndef LOCKWATCH_DETECT_STORY_H
#define LOCKWATCH_DETECT_STORY_H

#include "detect/finding.h"

/* Where the text goes, and how things are named in it. */
struct story {
    const struct record *record;
    void *context;
    void (*write)(void *context, const char *text, size_t size);

    /* One call-stack frame as a phrase: "get_forks at philosophers.c:41 (app+0x1234)". `call`: a return address. */
    void (*frame)(struct story *s, uint64_t address, bool call);

    /* The name of a lock, e.g. `forks[3]`; true when it is a name of its own, false when only a description. */
    bool (*lock_name)(struct story *s, uint32_t lock);

    uint64_t now; /* CLOCK_REALTIME, nanoseconds, for "waits since … s"; 0: leave durations out */
    bool color;
};

/* Pieces, for callbacks and for renderers that need the same words. */
void story_text(struct story *s, const char *text);
void story_format(struct story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "deadlock: 3 threads can never go on": the finding in a line that names no lock, without a newline. */
void story_headline(struct story *s, const struct finding *f);

/* "T2 (phil-0) -> mutex forks[1] -> T3 (phil-1) -> …": the ring in one line, without a newline. */
void story_ring(struct story *s, const struct finding *f);

/* "T3 (phil-2)". */
void story_thread(struct story *s, uint32_t serial, const char *name);

/* "mutex forks[3] (0x55…)". */
void story_lock(struct story *s, uint32_t lock);

/* The whole story of a finding, several lines; the headline is not part of it. */
void story_finding(struct story *s, const struct finding *f);

/* The four conditions (E. G. Coffman, M. J. Elphick, A. Shoshani, "System Deadlocks", Computing Surveys 3(2), 1971). */
enum coffman { MUTUAL_EXCLUSION, HOLD_AND_WAIT, NO_PREEMPTION, CIRCULAR_WAIT, COFFMAN_COUNT };
const char *coffman_key(enum coffman c);  /* "mutual_exclusion", as in JSON */
const char *coffman_word(enum coffman c); /* "mutual exclusion" */
bool coffman_met(const struct finding *f, enum coffman c);
void coffman_evidence(struct story *s, const struct finding *f, enum coffman c); /* one sentence */
void story_advice(struct story *s, const struct finding *f);                     /* one or two sentences */

#endif
