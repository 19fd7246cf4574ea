/*
 * What an earlier report or record had found: with it, only what is new counts. A finding is new if the baseline does
 * not have its id, or has it with a lower severity.
 */
#ifndef LOCKWATCH_ANALYZER_BASELINE_H
#define LOCKWATCH_ANALYZER_BASELINE_H

#include "analyzer/identity.h"

#include <jansson.h>

struct baseline {
    struct set known; /* identities */
    json_t *findings; /* id, kind, severity and title of each */
    char error[240];
};

/* A record, or what `report --format=json` wrote. False: it cannot be read, and `error` says why. End in both cases. */
bool baseline_read(struct baseline *b, const char *path);
void baseline_end(struct baseline *b);

/* `b` may be NULL: then all is new. */
bool baseline_has(const struct baseline *b, struct opened_record *v, const struct finding *f);

#endif
