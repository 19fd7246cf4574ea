/*
 * What makes a finding the same from run to run: its kind, and for each of its threads the kind and name of
 * the lock that it waits for and of the one that it holds, and the places in the program where it waits and
 * took it. No addresses, no numbers of processes, threads or instances; and a cycle is the same wherever it
 * begins.
 *
 * What was foreseen stands for all instances of its locks: there a name goes without what is in brackets. Of a wait and
 * of a mistake only the first side counts: its lock, and where. docs/identity.md has it all.
 */
#ifndef LOCKWATCH_ANALYZER_IDENTITY_H
#define LOCKWATCH_ANALYZER_IDENTITY_H

#include "analyzer/opened_record.h"

uint64_t identity_of(struct opened_record *v, const struct finding *f);

/* A set of them, each with the severity that it had. Zero is empty; `slot` is to be freed. */
struct identities {
    uint64_t *slot; /* 0: free */
    size_t count, room;
};

/* Whether it is in there, and not as something lesser: a warning that was a note before is another matter. */
bool identities_has(const struct identities *all, uint64_t id, enum finding_severity severity);

/* True when it was not in there yet; when there is no memory, too. */
bool identities_add(struct identities *all, uint64_t id, enum finding_severity severity);

#endif
