/*
 * What makes a finding the same from run to run: its kind, and for each of its threads the kind and name of the lock
 * that it waits for and of the one that it holds, and the places in the program where it waits and where it acquired
 * that. No addresses, no numbers of processes, threads or instances; and a cycle is the same wherever it begins.
 *
 * A predicted deadlock stands for all instances of its locks: a name goes without what is in brackets. Of a wait and of
 * a misuse only the first side counts: its lock, and where. docs/identity.md has all of it.
 */
#ifndef LOCKWATCH_ANALYZER_IDENTITY_H
#define LOCKWATCH_ANALYZER_IDENTITY_H

#include "analyzer/opened_record.h"
#include "analyzer/set.h"

uint64_t identity_of(struct opened_record *v, const struct finding *f);

/* A set of identities, each with the severity that it had: set_free ends it. */
#define IDENTITIES SET_OF(struct key)

/* Whether the set has it, with at least this severity: a warning that was a note before is something else. */
bool identities_has(const struct set *all, uint64_t id, enum finding_severity severity);

/* True if the set had not, and also if there is no memory. */
bool identities_add(struct set *all, uint64_t id, enum finding_severity severity);

#endif
