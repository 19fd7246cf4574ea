/*
 * A finding as text: who waits for what held by whom since when, where each was taken, the cycle in one line,
 * the four Coffman conditions with their evidence, and what to change. The same words live (in the watched
 * process, where there is no malloc and no stdio) and post mortem; only how a code address and a lock are
 * named differs, so the caller gives that.
 */
#ifndef LOCKWATCH_REPORT_STORY_H
#define LOCKWATCH_REPORT_STORY_H

#include "detect/finding.h"

/* A paragraph that is being filled, line by line. Zero is none: then text goes out as it comes. */
struct story_fill {
    unsigned hang;   /* where further lines of it begin, plus one */
    unsigned column; /* where the line stands */
    unsigned size;   /* of the word that is not complete yet */
    bool space;      /* one is due before it */
    char word[240];
};

/* Which part of a stack a frame belongs to: what is left out at an end may be worth telling in between. */
enum story_end { STORY_INNER, STORY_MIDDLE, STORY_OUTER };

/*
 * Where the text goes, and how things are named in it. The naming calls write through story_text and
 * story_format. They may be asked for the same thing many times.
 */
struct story {
    const struct record *record;
    void *context;
    void (*write)(void *context, const char *text, size_t size);

    /*
     * One call-stack frame as a phrase: "get_forks at philosophers.c:41 (app+0x1234)". `call`: a return
     * address. Where functions were inlined, level 0 is the innermost one, and the answer is whether there is
     * a frame of level + 1.
     */
    bool (*frame)(struct story *s, uint64_t address, bool call, unsigned level);

    /* The name of a lock, `forks[3]`: true. Else "created in make_table at x.c:12", or nothing at all: false.
     */
    bool (*lock_name)(struct story *s, uint32_t lock);

    /* These may be NULL. Where in the program, briefly: "philosophers.c:41". `stack` may be 0, then `site` is
     * known. */
    void (*place)(struct story *s, uint32_t stack, uint64_t site);
    /* The name of the function at an address; false when there is none. Threads without a name go by it. */
    bool (*function)(struct story *s, uint64_t address);
    /*
     * Whether a frame (with its level, as for `frame`) is better left out: at the inner end of a stack what is wrapped
     * around a lock, at the outer one what starts threads and calls main.
     */
    bool (*hidden)(struct story *s, uint64_t address, unsigned level, enum story_end end);

    uint64_t now; /* CLOCK_REALTIME, nanoseconds, for how long someone has waited; 0: leave that out */
    bool color;

    /* The story's own. */
    struct story_fill fill;
    const struct finding *finding; /* what is told of, once its headline, story, evidence or advice has begun */
};

/*
 * Pieces, for callbacks and for renderers that need the same words. What may not be shown (report/printable.h) is
 * escaped. Names, paths and whatever else is not our own go through story_name: there a newline is escaped, too.
 */
void story_text(struct story *s, const char *text);
void story_name(struct story *s, const char *name);
void story_format(struct story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text up to story_end is filled into lines of about 100 columns, the first indented by `indent`, the others
 * by `hang`. */
void story_begin(struct story *s, unsigned indent, unsigned hang);
void story_end(struct story *s);

/* "deadlock: 3 threads can never go on": the finding in a line that names no lock, without a newline. */
void story_headline(struct story *s, const struct finding *f);

/* "T3 (phil-2)". */
void story_thread(struct story *s, uint32_t serial, const char *name);

/* "mutex forks[3] (0x55…)"; without address "mutex forks[3]", or "mutex 0x55…" for one without a name. */
void story_lock(struct story *s, uint32_t lock, bool address);

/* What a thread waits for: "mutex forks[3] (0x55…)", "the end of T4 (consumer)". */
void story_wanted(struct story *s, const struct want *want, bool address);

/* The call stack of an event, a frame a line; `site` alone when there is no stack. */
void story_stack(struct story *s, uint32_t stack, uint64_t site, unsigned indent);

/* "0.52 s", "3 min 20 s". */
void story_duration(struct story *s, uint64_t nanoseconds);

/* The four conditions (E. G. Coffman, M. J. Elphick, A. Shoshani, "System Deadlocks", Computing Surveys 3(2),
 * 1971). */
enum coffman { MUTUAL_EXCLUSION, HOLD_AND_WAIT, NO_PREEMPTION, CIRCULAR_WAIT, COFFMAN_COUNT };
const char *coffman_key(enum coffman c);  /* "mutual_exclusion", as in JSON */
const char *coffman_word(enum coffman c); /* "mutual exclusion" */
bool coffman_met(const struct record *r, const struct finding *f, enum coffman c);
void coffman_evidence(struct story *s, const struct finding *f, enum coffman c); /* one sentence */
void story_advice(struct story *s, const struct finding *f);                     /* one or two sentences */

#endif
