/*
 * What the source calls a lock that is no variable, by the lines that initialise, acquire or want it:
 * `c->shard[0].lock` of `pthread_mutex_lock(&c->shard[0].lock);`. Beside its address and birthplace, in what people
 * read. It depends on sources and debugging information being there, so nothing is recognised or suppressed by it.
 *
 * Of an expression it must be certain that it is the lock: the debugging information says that it is of the type and
 * what it is a part of, and no two places may contradict each other. Where they only use other words (`from->lock`,
 * `to->lock`), the type stands for them: `account::lock`.
 *
 * Taken for certain are the stacks of waits and initialisations, the innermost frame of every other, and the whole
 * stack of a lock that was acquired while holding another (docs/limits.md: a hold is identified by its call site).
 */
#ifndef LOCKWATCH_ANALYZER_LOCK_SOURCE_H
#define LOCKWATCH_ANALYZER_LOCK_SOURCE_H

#include "analyzer/symbols/names.h"

struct lock_sources;

/* NULL: no memory; what is below takes that. Uses both until lock_sources_close. */
struct lock_sources *lock_sources_open(const struct record *r, struct symbols *symbols);
void lock_sources_close(struct lock_sources *s);

/* `c->shard[0].lock`; NULL: not known, which is so of whatever has a name. It lives until lock_sources_close. */
const char *lock_source_name(struct lock_sources *s, uint32_t lock);

/* The same for all locks of its kind: `shard::lock`. NULL: not known. */
const char *lock_source_class(struct lock_sources *s, uint32_t lock);

#endif
