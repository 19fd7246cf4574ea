/*
 * The findings of a record: those that were reported while the process ran, and those that the analyzer finds in it.
 */
#ifndef LOCKWATCH_ANALYZER_FINDINGS_H
#define LOCKWATCH_ANALYZER_FINDINGS_H

#include "analyzer/symbols/names.h"
#include "detect/finding.h"

struct findings {
    struct finding *item; /* errors first, then warnings, then notes */
    size_t count, room;
    struct side **owned;   /* sides that do not lie in the record, one for each item or NULL */
    size_t suppressed;     /* so many more, behind those, are suppressed */
    unsigned again, known; /* left out, as an earlier record of the same report had them, or the baseline has them */
    bool cut;              /* there were more cycles of lock orders than could be analysed */
};

/* When a record is judged, by its own clock. */
struct findings_time {
    uint64_t now; /* while the process runs, the time; else 0 */
    bool stopped; /* it runs, but is stopped: what stands may not do so by itself */
    bool ended;   /* it was ended from outside, or is about to be … */
    bool asked;   /* … because it did not end by itself */
};

/* False: no memory. Free in both cases. */
bool findings_gather(struct findings *all, const struct record *r, struct names *names, const struct findings_time *t);

/* The same, with what `w` can ask about the threads of its record. */
struct deadlock_world;
bool findings_gather_in(struct findings *all, const struct deadlock_world *w, struct names *names,
                        const struct findings_time *t);

/*
 * The deadlocks of a record that was not written by the library, which has no history: judged from what threads wait
 * for and hold. False: no memory.
 */
bool findings_gather_outside(struct findings *all, const struct deadlock_world *w);

/* Adds a copy of one that was judged, and brings them into order afterwards. False: no memory. */
bool findings_add(struct findings *all, const struct finding *f);
bool findings_arrange(struct findings *all);

/* Drops deadlocks and stalls that were not reported live and are not in `later`, the same record read a moment later.
 */
void findings_confirm(struct findings *all, const struct record *later);

/* Whether any of these was not reported live. */
bool findings_judged(const struct findings *all);

/* Moves those for which `stays` is false behind the others, to the suppressed ones. */
void findings_suppress(struct findings *all, bool (*stays)(void *context, const struct finding *f), void *context);

/* Drops those for which `stays` is false; returns their number. */
size_t findings_sift(struct findings *all, bool (*stays)(void *context, const struct finding *f), void *context);

void findings_free(struct findings *all);

#endif
