/*
 * What a report as data is made of. Each gives a new reference.
 */
#ifndef LOCKWATCH_ANALYZER_FACTS_PIECES_H
#define LOCKWATCH_ANALYZER_FACTS_PIECES_H

#include "analyzer/opened_record.h"

#include <jansson.h>
#include <stdbool.h>

/* --- values --- */

/* A string of any bytes: those that are no UTF-8 become question marks. NULL becomes null; _or_null: "" does, too. */
json_t *piece_text(const char *bytes);
json_t *piece_text_or_null(const char *bytes);
json_t *piece_name16(const char *name); /* of 16 bytes, perhaps without a NUL */
json_t *piece_hex(uint64_t number);
json_t *piece_number_or_null(uint64_t number);
json_t *piece_time(uint64_t nanoseconds); /* RFC 3339, in UTC; 0 becomes null */

/* --- of a record --- */

/*
 * So much of one record may be in its report, so that a damaged one makes no endless report. Beyond that stacks have
 * their first frame only, and held locks are left out.
 */
void pieces_begin(void);
bool pieces_left(void);      /* nothing was left out */
bool piece_take_frame(void); /* one was shown: whether there may be another */
bool piece_take_hold(void);

json_t *piece_unknown_process(void); /* all that a process has, null */
json_t *piece_process(const struct opened_record *v);
json_t *piece_merged_run(const struct opened_record *v, uint32_t id);

/* Without `runs` and `baseline`. */
json_t *piece_finding(struct opened_record *v, const struct finding *f);
json_t *piece_title(struct opened_record *v, const struct finding *f);
json_t *piece_location(struct opened_record *v, const struct finding *f); /* the frame that its advice is about */

/* A call stack: a list of frames; null when nothing is known of it. */
json_t *piece_stack(struct opened_record *v, uint32_t stack, uint64_t site);

/* All threads of the record, and a thread of a finding. The locks that they hold are added to `locks`, by id. */
json_t *piece_threads(struct opened_record *v, json_t *locks);
json_t *piece_side(struct opened_record *v, const struct side *side, json_t *locks);

/*
 * {"list": […], "all": whether it has all of them}: each order with the ids of the `outer` and the `inner` lock, how
 * many `times`, whether the inner one was acquired `next`, whether it is `cyclic`, and both stacks (lock_orders.h).
 */
json_t *piece_orders(struct opened_record *v, json_t *locks);

/* Adds a lock, or what is waited for. A list of all of them; it takes over `locks`. */
void piece_add_lock(json_t *locks, struct opened_record *v, uint32_t id);
void piece_add_wanted(json_t *locks, struct opened_record *v, const struct want *want);
json_t *piece_lock_list(json_t *locks);

/* The id among locks of what is waited for, and of a thread that is: behind those of all locks. */
json_t *piece_wanted_id(const struct opened_record *v, const struct want *want);
json_t *piece_thread_as_lock(const struct opened_record *v, uint32_t thread);

#endif
