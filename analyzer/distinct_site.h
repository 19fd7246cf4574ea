/*
 * The acquisition sites of a finding, as far out in their stacks as is needed to distinguish them: in a program that
 * acquires all of its locks in one function of its own, the callers of that function are of interest.
 *
 * A line is skipped if a thread of the cycle acquired its lock there, a thread waits there for another lock, and the
 * callers of the two differ. Only the finding itself counts, so the result is the same in every run.
 */
#ifndef LOCKWATCH_ANALYZER_DISTINCT_SITE_H
#define LOCKWATCH_ANALYZER_DISTINCT_SITE_H

#include "analyzer/symbols/symbols.h"
#include "detect/finding.h"

enum { APART_MAX = 8 };

struct distinct_site {
    struct symbols *symbols;
    const struct symbols_frame *wrapper[APART_MAX];
    unsigned count;
};

/* Without a finding no line is skipped. */
void distinct_site_begin(struct distinct_site *a, struct symbols *s, const struct record *r, const struct finding *f);

/* As symbols_own. */
const struct symbols_frame *distinct_site_frame(const struct distinct_site *a, uint32_t stack, uint64_t site,
                                                const struct symbols_place **place);

#endif
