/*
 * What makes a finding the same from run to run: its kind, and for each of its threads the kind and name of
 * the lock that it waits for and of the one that it holds, and the places in the program where it waits and
 * took it. No addresses, no numbers of processes, threads or instances; and a ring is the same wherever it
 * begins.
 *
 * What was foreseen stands for all instances of its locks: there a name goes without what is in brackets. Of a wait and
 * of a mistake only the first side counts: its lock, and where.
 */
#ifndef LOCKWATCH_ANALYZER_IDENTITY_H
#define LOCKWATCH_ANALYZER_IDENTITY_H

#include "analyzer/view.h"

uint64_t identity_of(struct view *v, const struct finding *f);

#endif
