/*
 * Of a mistake: which rule it breaks, what libc makes of that, and what to do instead. Of a delay: why it matters.
 */
#ifndef LOCKWATCH_REPORT_FULL_RULES_H
#define LOCKWATCH_REPORT_FULL_RULES_H

#include "report/phrases.h"

/* One or two sentences each. */
void rules_why(struct story *s, const struct finding *f);
void rules_advice(struct story *s, const struct finding *f);

#endif
