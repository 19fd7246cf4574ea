/*
 * Who waited with a lock in hand that every known waker needs first: on a semaphore, a condition, a barrier, or for the
 * end of a thread. Judged from the waits in the trie of holds (HOW_WAIT; units of a semaphore that turned out to be a
 * signal) and from the table of wakes: it rests on the wakers that were seen, and says how often each was.
 */
#ifndef LOCKWATCH_DETECT_WAIT_HOLDING_H
#define LOCKWATCH_DETECT_WAIT_HOLDING_H

#include "detect/finding.h"

/* Calls `found` once a wait and lock, with a finding that lives until it returns; stops early when that is false. */
typedef bool wait_holding_found(void *context, const struct finding *f);
unsigned wait_holding_judge(const struct record *r, wait_holding_found *found, void *context);

#endif
