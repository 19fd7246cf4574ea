/*
 * Deadlocks and lock orders of several processes. A process that shares locks with others (PTHREAD_PROCESS_SHARED,
 * named semaphores) is judged together with those whose records lie in its folder, or are given beside it, and that
 * lived at the same time. A deadlock counts if all its threads waited at one moment: the last one began to wait while
 * all the processes are known to have lived. A cycle of lock orders counts if its processes lived at one time, and none
 * is a child of another: what came before the fork and what after it, records do not tell.
 *
 * Costs nothing where no lock is shared; else reading the other records.
 */
#ifndef LOCKWATCH_ANALYZER_JOINT_H
#define LOCKWATCH_ANALYZER_JOINT_H

#include "analyzer/opened_record.h"

/* Further records to look at, besides those of the same folder; they stay the caller's. */
void joint_beside(char *const *path, unsigned count);

/* Adds what is found of several processes to a record that was opened; then its `record` has all of them. */
void joint_judge(struct opened_record *v);

/* Whether a finding is of several processes. */
bool joint_is(const struct opened_record *v, const struct finding *f);

/* Notes in the records of processes that wait for each other that they live; for who reads them when they do not. */
void joint_keep_seen(const struct opened_record *v);

#endif
