/*
 * Which threads can post a semaphore that is used as a signal, signal a condition, or arrive at a barrier: those that
 * did so before. One that ended is replaced by the thread that made it, which may make another, and by the threads of
 * the same start routine that were made later.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_POSTERS_H
#define LOCKWATCH_DETECT_DEADLOCK_POSTERS_H

#include "detect/deadlock/graph.h"

/* Edges from an object to its posters. False: nobody has posted but those that wait here themselves, or it cannot be
 * said; there may be edges all the same. */
bool posters_add(struct graph *g, uint32_t object, const struct lock *lock);

/*
 * Of one that nobody has posted: edges to those that posted others which were initialised at the same place before it,
 * and to all threads that ever had anything to do with these, or with who waits. False: it has no such history.
 */
bool posters_inherit(struct graph *g, uint32_t object, const struct lock *lock);

#endif
