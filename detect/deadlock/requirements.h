/*
 * What it takes for the waiters of an object to go on: the rule of its kind (detect/wake_rules.h) applied to what the
 * record, and a live process, show of it. Adds the edges to threads that do not hold what is wanted, but can end the
 * wait.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_REQUIREMENTS_H
#define LOCKWATCH_DETECT_DEADLOCK_REQUIREMENTS_H

#include "detect/deadlock/graph.h"

/* For all objects of a graph. */
void requirements_find(struct graph *g);

#endif
