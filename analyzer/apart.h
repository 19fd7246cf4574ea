/*
 * Where the sides of a finding take their locks, as far as that tells them apart: a program that takes all of its locks
 * through one function of its own takes them all at the same line, and who called that function is of interest.
 *
 * A line is passed over if one thread of the ring has taken its lock there and another, or the same, waits there for
 * another one, and their callers differ. Only what the finding itself has counts, so that it is the same in every run.
 */
#ifndef LOCKWATCH_ANALYZER_APART_H
#define LOCKWATCH_ANALYZER_APART_H

#include "analyzer/symbols.h"
#include "detect/finding.h"

enum { APART_MAX = 8 };

struct apart {
    struct symbols *symbols;
    const struct symbols_frame *wrapper[APART_MAX];
    unsigned count;
};

/* Without a finding: nothing is passed over. */
void apart_begin(struct apart *a, struct symbols *s, const struct record *r, const struct finding *f);

/* As symbols_own. */
const struct symbols_frame *apart_frame(const struct apart *a, uint32_t stack, uint64_t site,
                                        const struct symbols_place **place);

#endif
