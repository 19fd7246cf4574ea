/*
 * Whether two epochs (record/layout.h, struct epoch) may overlap in time. They do not if a way leads from the one back
 * to the other over `before` and `joined`; an epoch has a greater id than those that it leads back to. Ways are walked
 * when asked for; the answers last given are kept.
 *
 * Of different runs in a merged record (docs/merging.md) the phases tell; and where one run shows two things, only what
 * it shows of them counts.
 */
#ifndef LOCKWATCH_DETECT_EPOCHS_H
#define LOCKWATCH_DETECT_EPOCHS_H

#include "detect/pages.h"
#include "record/table.h"

struct epochs {
    const struct record *record;
    uint32_t used;
    uint32_t *seen; /* by epoch: the walk that came there last */
    uint32_t *work;
    uint32_t walk;
    uint32_t *heard, runs, hearing; /* of a merged record, by run: the question at which it was met last */
    struct epochs_answer *answer;
    uint64_t steps; /* walked so far */
    bool cut;       /* too many of them: some answers were guesses */
};

/* False: no memory. */
bool epochs_begin(struct epochs *e, const struct record *r, struct pages *p);

/* Epochs of different threads. When in doubt they do not overlap. */
bool epochs_overlap(struct epochs *e, uint32_t a, uint32_t b);

/* Whether that `hold` was taken in epoch a and `other` in b can be put together: both in one run; else no run must show
 * both of them. */
bool epochs_compare(struct epochs *e, uint32_t a, uint32_t hold, uint32_t b, uint32_t other);

#endif
