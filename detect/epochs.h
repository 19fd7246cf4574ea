/*
 * Happens-before among the epochs of threads' lives (record/layout.h, struct epoch): whether two of them may overlap in
 * time. An epoch is what S. Bensalem and K. Havelund call a segment ("Dynamic Deadlock Analysis of Multi-threaded
 * Programs", 2005): a thread's life between two of its creations and joins of others. Two epochs do not overlap if
 * `before` and `joined` lead from the one back to the other; ids grow along with time, so that a search can stop early.
 * Searched when asked for; the latest answers are kept.
 *
 * A semaphore, barrier or once control counts where it keeps two things apart in every schedule, not only in this one:
 * a semaphore that one thread alone posted, a barrier with no more threads than take part in a round, the routine that
 * all returns from the control come after.
 *
 * In a merged record (docs/merging.md) epochs of different runs are compared by their phases; and where one run shows
 * two things, only what it shows of them counts.
 */
#ifndef LOCKWATCH_DETECT_EPOCHS_H
#define LOCKWATCH_DETECT_EPOCHS_H

#include "detect/pages.h"
#include "record/table.h"

struct epochs {
    const struct record *record;
    uint32_t used, runs;
    uint32_t *visited; /* by epoch: the search that came there last */
    uint32_t *stack;
    uint32_t searches;
    uint32_t *run_mark, marks; /* of a merged record, by run: the newest set of runs that it is in */
    struct epochs_answer *answer;
    uint64_t steps;  /* searched so far */
    bool incomplete; /* too many of them: some answers were guesses */
};

/* False: no memory. */
bool epochs_begin(struct epochs *e, const struct record *r, struct pages *p);

/* Of epochs of different threads. When in doubt they do not overlap. */
bool epochs_overlap(struct epochs *e, uint32_t a, uint32_t b);

/* Whether an acquisition of `hold` in epoch a and one of `other` in b may be put together: both are of one run, or no
 * run shows both of them. */
bool epochs_compare(struct epochs *e, uint32_t a, uint32_t hold, uint32_t b, uint32_t other);

#endif
