/*
 * A page that a finding is written on, for tests: every place is named after its address, 0x1200 is f12 at x.c:1200; a
 * lock has the name that it was given, or was created in make at x.c:1.
 */
#ifndef LOCKWATCH_TESTS_UNIT_PAGE_H
#define LOCKWATCH_TESTS_UNIT_PAGE_H

#include "report/full/finding_text.h"
#include "report/full/parts.h"
#include "tests/unit/forged.h"

/* A text over an empty page. There is one page. */
struct story page_story(const struct forged *f);

/* Writes the finding anew: all of it, or one piece. */
void page_tell(const struct forged *f, const struct finding *finding,
               void (*piece)(struct story *, const struct finding *));
void page_whole(struct story *s, const struct finding *f);     /* with its headline … */
void page_explained(struct story *s, const struct finding *f); /* … and all that there is to say */
void page_evidence(const struct forged *f, const struct finding *finding, enum coffman c);
bool page_met(const struct forged *f, const struct finding *finding, enum coffman c);

/* What the page says. */
extern const char *const page_text;

/* Fails when it does not say this: somewhere, or in all. */
void page_has(const char *text);
void page_is(const char *text);

#endif
