/*
 * The records of several processes as one: everything of the first, with its ids and addresses; behind it the threads
 * of the others, what they hold and wait for, and the orders in which they acquired locks, as if they were threads of
 * the first that are called after their process. A lock that they share is one lock. Addresses of the others are moved
 * out of the way, so that each is still found in its own modules.
 */
#ifndef LOCKWATCH_ANALYZER_JOINT_RECORD_H
#define LOCKWATCH_ANALYZER_JOINT_RECORD_H

#include "analyzer/record_writer.h"

enum { JOINT_MOST = 64 };

struct joint_process {
    const struct record *record;
    bool gone;             /* it ended, and the first one goes on: so did its threads that ran */
    uint32_t first_thread; /* set: the id that its thread 1 has */
};

/* False: no memory. */
bool joint_record_write(struct record_writer *w, struct joint_process *process, unsigned count);

/* What identifies a lock in all processes that share it; NULL: it is not shared, or that is not known. */
const char *joint_record_key(const struct record *r, const struct lock *l);

#endif
