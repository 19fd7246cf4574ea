/*
 * Where the sides of a finding take their locks, as far as that tells them apart: a program that takes all of its locks
 * through one function of its own takes them all at the same line, and who called that function is of interest.
 *
 * A line is passed over if one thread of the cycle has taken its lock there and another, or the same, waits there for
 * another one, and their callers differ. Only what the finding itself has counts, so that it is the same in every run.
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

/* Without a finding: nothing is passed over. */
void distinct_site_begin(struct distinct_site *a, struct symbols *s, const struct record *r, const struct finding *f);

/* As symbols_own. */
const struct symbols_frame *distinct_site_frame(const struct distinct_site *a, uint32_t stack, uint64_t site,
                                                const struct symbols_place **place);

#endif
