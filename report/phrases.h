/*
 * How threads, locks, places and times are spoken of. A sentence is made of these and of our own words, and they are
 * the same in every part of a report.
 */
#ifndef LOCKWATCH_REPORT_PHRASES_H
#define LOCKWATCH_REPORT_PHRASES_H

#include "detect/finding_query.h"
#include "report/story.h"

/* --- threads: "T3 (phil-2)" --- */

void phrase_serial(struct story *s, uint32_t serial, const char *name);
void phrase_serial_tid(struct story *s, uint32_t serial, const char *name, uint32_t tid);
void phrase_thread(struct story *s, const struct thread_ref *p);
void phrase_side(struct story *s, const struct side *side);
void phrase_side_tid(struct story *s, const struct side *side); /* "T3 (phil-2, tid 4245)" */

/* ", which has exited": what became of a thread that others wait for; nothing while it lives. */
void phrase_fate(struct story *s, const struct thread_ref *p);

/* "thread 4245, which does not exist any more": who has locked the mutex that is waited for (query_gone). */
void phrase_gone(struct story *s, const struct want *want);

/* " is in epoll_wait", " was blocked in a futex call that lockwatch did not see": of a thread that does not wait by its
 * record, what the kernel said when somebody looked last; while its process runs, or `past`. */
void phrase_doing(struct story *s, const struct thread *t, bool past);

/* --- locks --- */

/* "forks[3]", or the short name of a lock without one, "c->lock" or "M1". */
void phrase_lock(struct story *s, uint32_t lock);

/* "mutex forks[3]"; where the story is to explain, with its address. */
void phrase_kind_lock(struct story *s, uint32_t lock);

/* What people call such a lock: "GMutex", "mutex". */
const char *phrase_thing(uint16_t kind);

/* What a hold is of, in the same way: "rwlock r for reading". */
void phrase_held(struct story *s, const struct held *h);

/* "M1 is the mutex created in make at x.c:12 (0x55…)": a line for each short name that this finding has used so far and
 * not said. With an empty line before, where one is due; true when there were any. */
bool phrase_short_names(struct story *s, bool gap);

/* What a finding's cycle is of: "forks[0], forks[1] and 3 more". */
void phrase_cycle_locks(struct story *s, const struct finding *f);

/* --- what is waited for --- */

/* "mutex forks[3]", "condition c with mutex m", "rwlock r for reading", "the end of T4 (consumer)". */
void phrase_kind_wanted(struct story *s, const struct want *want);

/* "forks[3]", "the end of T4". */
void phrase_wanted(struct story *s, const struct want *want);

/* " waits for ", " waited on ": by the kind of what is waited for. */
void phrase_waits(struct story *s, const struct want *want, bool past);

/* "post", "signal": what a thread does that ends waits for this. */
const char *phrase_wake(struct story *s, const struct want *want);

/* "posted", "signalled": what was done to it so that waits ended. */
const char *phrase_woken(struct story *s, const struct want *want);

/* What the threads of an OpenMP team wait at, each other; nobody in particular wakes them. */
bool phrase_of_team(uint16_t kind);

/* What it is that its kind says little of; NULL: as its kind. */
const struct story_kind *phrase_own_kind(struct story *s, uint32_t lock);

/* --- places --- */

/* "philosophers.c:41": where a stack, or else a lone site, stands in the program. */
void phrase_place(struct story *s, uint32_t stack, uint64_t site);

/* " at philosophers.c:41", of a wait; " (philosophers.c:41)", of a hold, nothing when that is not known. */
void phrase_at(struct story *s, const struct want *want);
void phrase_held_at(struct story *s, const struct held *h);

/* "x.c:28-30", "x.c:28 to y.c:7": from one lock acquired to the next. */
void phrase_range(struct story *s, const struct held *from, const struct want *to);

/* Whether two places are the same piece of code, as far as it shows in a report. */
bool phrase_same_place(const struct story *s, uint32_t stack, uint64_t site, uint32_t other_stack, uint64_t other_site);

/* Whether two code addresses are in one function, as far as that is known. */
bool phrase_same_function(const struct story *s, uint64_t one, uint64_t other);

/* --- numbers --- */

/* "once", "412 times". */
void phrase_times(struct story *s, uint64_t times);

/* "0.52 s", "3 min 20 s". */
void phrase_duration(struct story *s, uint64_t nanoseconds);

/* ", for 0.52 s": how long something of a stall has stood; "at least" where nobody saw when the process ended. */
void phrase_stood(struct story *s, uint64_t nanoseconds);

/* Between the parts of an enumeration of `count`, of which `most` are named: ", ", " and ", or " and 3 more" and true,
 * when part i and those behind it are left out. */
bool phrase_list(struct story *s, uint32_t i, uint32_t count, uint32_t most);

#endif
