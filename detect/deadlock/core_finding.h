/*
 * A core as a finding: a set of threads that are stuck by themselves, with the shortest cycle through it in front, the
 * confidence that the evidence allows, and how many further threads wait behind it.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_CORE_FINDING_H
#define LOCKWATCH_DETECT_DEADLOCK_CORE_FINDING_H

#include "detect/deadlock/reduction.h"
#include "detect/finding.h"

struct core_search {
    const struct graph *graph;
    const struct reduction *reduction;
    struct core_thread *thread; /* these are this module's own */
    uint8_t *visited;
    struct side *side;
    bool weak; /* a cycle may lead over weak edges */
};

/* False: no memory. */
bool core_finding_begin(struct core_search *c, const struct reduction *r);

/* The finding of one core; its sides last until the next call. *start: the thread where its cycle begins. */
struct finding core_finding_make(struct core_search *c, const uint32_t *thread, uint32_t threads, uint32_t *start);

#endif
