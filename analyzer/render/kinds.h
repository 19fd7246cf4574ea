/*
 * What there is to be said of a kind of finding in general, for formats that describe rules.
 */
#ifndef LOCKWATCH_ANALYZER_RENDER_KINDS_H
#define LOCKWATCH_ANALYZER_RENDER_KINDS_H

struct kind_text {
    const char *kind;      /* "lock-order" */
    const char *name;      /* "LockOrder" */
    const char *severity;  /* what it mostly is */
    const char *precision; /* "very-high", "high", "medium" */
    const char *brief;     /* a sentence */
    const char *full;      /* why it matters */
    const char *help;      /* what to do */
};

/* Up to one whose kind is NULL. */
extern const struct kind_text kinds_all[];

/* The place of a kind among them; that of the last one if there is no such kind. */
unsigned kinds_find(const char *kind);

#endif
