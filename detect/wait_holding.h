/*
 * Waits while holding: a thread waited on a semaphore, a condition, a barrier or for the end of a thread while it held
 * a lock that every known waker acquires first. Judged from the waits in the trie of holds (HOW_WAIT; units of a
 * semaphore that turned out to be a signal) and the locksets of the wakers: it rests on the wakers that were seen, and
 * says how often each of them was. Linear in the trie, and for each wait bounded; memory from mmap, returned at the
 * end.
 */
#ifndef LOCKWATCH_DETECT_WAIT_HOLDING_H
#define LOCKWATCH_DETECT_WAIT_HOLDING_H

#include "detect/finding.h"

/* Calls `found` once for each place where locks of one kind are awaited, with a finding that lives until it returns;
 * stops when that is false. How many were found. */
typedef bool wait_holding_found(void *context, const struct finding *f);
unsigned wait_holding_judge(const struct record *r, wait_holding_found *found, void *context);

#endif
