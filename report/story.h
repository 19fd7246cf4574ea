/*
 * A finding as text. The same words live (in the watched process, where there is no malloc and no stdio) and post
 * mortem; only how a code address and a lock are named differs, so the caller gives that.
 */
#ifndef LOCKWATCH_REPORT_STORY_H
#define LOCKWATCH_REPORT_STORY_H

#include "detect/finding.h"

/* A paragraph that is being filled, line by line. hang 0: none, then text goes out as it comes. */
struct story_fill {
    unsigned hang;   /* where further lines of it begin, plus one */
    unsigned column; /* where the line stands */
    unsigned size;   /* of the word that is not complete yet */
    bool space;      /* one is due before it */
    char word[240];
};

/*
 * Short names for locks that have none: what the source calls it, where that is known, `c->lock`, or else M1 for the
 * first such mutex of a report, S1 for the first semaphore. Another one that the source calls alike is `c->lock#2`.
 * Each finding says once what its short names stand for.
 */
enum { SHORT_NAMES = 64 };
struct short_names {
    unsigned count;
    uint32_t lock[SHORT_NAMES];                                          /* in order of appearance */
    enum { SHORT_UNUSED, SHORT_USED, SHORT_DEFINED } state[SHORT_NAMES]; /* in the finding at hand */
};

/* Which part of a stack a frame belongs to: what is left out at an end may be worth showing in between. */
enum story_end { STORY_INNER, STORY_MIDDLE, STORY_OUTER };

/* What a lock is that its kind says little of: a futex or a condition, by the library that waits there. */
struct story_kind {
    const char *word;         /* "Rust Mutex" */
    const char *waits;        /* "at"; NULL: for */
    bool lock;                /* somebody holds it, and who that is does not show */
    const char *wake, *woken; /* "push to", "pushed to"; NULL: as a futex */
    const char *cure;         /* a sentence without an end: what to do if nobody is left to wake it; NULL: as a futex */
};

/*
 * Where the text goes, and how things are named in it. The naming calls write through story_text and
 * story_format. They may be asked for the same thing many times.
 */
struct story {
    const struct record *record;
    void *context;
    void (*write)(void *context, const char *text, size_t size);

    /*
     * One call-stack frame as a phrase: "get_forks at philosophers.c:41". `call`: a return address. Where functions
     * were inlined, level 0 is the innermost one, and the answer is whether there is a frame of level + 1.
     */
    bool (*frame)(struct story *s, uint64_t address, bool call, unsigned level);

    /* The name of a lock, `forks[3]`; false, and not a word, when it has none. */
    bool (*lock_name)(struct story *s, uint32_t lock);

    /*
     * This and the next ones may be NULL. What Python code calls a lock that it created: "self.lock". `alone`: false,
     * and not a word, if another one is called so, too.
     */
    bool (*python_name)(struct story *s, uint32_t lock, bool alone);
    /* What the source calls a lock without a name, where that is known: `c->shard[0].lock`; NULL: it is not. */
    const char *(*lock_source)(struct story *s, uint32_t lock);
    /* What a lock is whose kind says little of it; NULL: as its kind. */
    const struct story_kind *(*lock_kind)(struct story *s, uint32_t lock);
    /* "created in make_table at x.c:12"; nothing when that is not known. */
    void (*lock_origin)(struct story *s, uint32_t lock);
    /* Where in the program, briefly: "philosophers.c:41". `stack` may be 0, then `site` is known. */
    void (*place)(struct story *s, uint32_t stack, uint64_t site);
    /* The same of a call, in the function that was not inlined: a helper that all threads are created by says little.
     */
    void (*outer_place)(struct story *s, uint64_t site);
    /* Whether there is a source line for a call. */
    bool (*has_line)(struct story *s, uint64_t address);
    /* The name of the function at an address; false when there is none. Threads without a name go by it. */
    bool (*function)(struct story *s, uint64_t address);
    /* The name of the function that makes a call, be it an inlined one; false when there is none. May be NULL. */
    bool (*caller)(struct story *s, uint64_t site);
    /* What a start routine that is a library's own runs, where its name says so; may be NULL. */
    bool (*callable)(struct story *s, uint64_t address);
    /*
     * Whether a frame (with its level, as for `frame`) is better left out: at the inner end of a stack what is wrapped
     * around a lock, at the outer one what starts threads and calls main.
     */
    bool (*hidden)(struct story *s, uint64_t address, unsigned level, enum story_end end);

    /*
     * Write, as a line of its own, the source line of a frame of a stack (or of `site` alone), if it is the one that
     * `place` names. True: it was that frame.
     */
    bool (*quote)(struct story *s, uint32_t stack, uint64_t site, uint64_t address, unsigned level, unsigned indent);

    struct short_names *short_names; /* NULL: locks without a name go by their address */
    uint64_t now;   /* CLOCK_REALTIME, nanoseconds, for how long a thread has waited; 0: leave that out */
    unsigned width; /* of a line, in columns; 0: STORY_WIDTH */
    bool color;
    bool explain; /* with lock addresses, and the evidence of each Coffman condition */

    /* The story's own. */
    struct story_fill fill;
    const struct finding *finding; /* the one at hand, once its headline, text, evidence or advice has begun */
};

enum { STORY_WIDTH = 80 };

/*
 * Pieces, for callbacks and for renderers that need the same words. What may not be shown (report/printable.h) is
 * escaped. Names, paths and whatever else is not our own go through story_name: there a newline is escaped, too.
 */
void story_text(struct story *s, const char *text);
void story_name(struct story *s, const char *name);
void story_format(struct story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text up to story_end is filled into lines, the first indented by `indent`, the others by `hang`. */
void story_begin(struct story *s, unsigned indent, unsigned hang);
void story_end(struct story *s);

/* A newline, and what follows is another paragraph. */
void story_gap(struct story *s);

/* A space where a line must not break. */
#define STORY_GLUE "\1"

/* Heavier type from here on, or no longer, on a terminal. */
void story_stress(struct story *s, bool on);

/* "deadlock: 3 threads are blocked forever": the finding in a line, without a newline. */
void story_headline(struct story *s, const struct finding *f);

#endif
